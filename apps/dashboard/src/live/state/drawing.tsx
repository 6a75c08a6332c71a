import type { ComponentChildren } from "preact";

interface DrawingProps {
  /** What is drawn, in a word. */
  readonly label: string;
  /** All that it shows, for those who do not see it. */
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly children: ComponentChildren;
}

/** In its own size, so that its letters are as large as all others; narrow windows scroll it. */
export function Drawing({ children, height, label, title, width }: DrawingProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label={label}>
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        class="tree"
        role="img"
        aria-label={title}
      >
        {children}
      </svg>
    </section>
  );
}
