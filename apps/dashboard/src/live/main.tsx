import { render } from "preact";
import "../shared/base.css";

render(<main>Hearsay</main>, document.getElementById("app") ?? document.body);
