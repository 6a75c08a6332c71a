// Command memberlist-driver runs nodes of HashiCorp memberlist for Hearsay's interop tests and
// benches. Each line on stdin is a request, {"id": 1, "do": "start", …}; each line on stdout the
// reply to one, {"id": 1, "ok": …} or {"id": 1, "error": "…"}, in the order in which they end.
// It ends when stdin does.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// Request holds the arguments of every verb; each uses a few.
type Request struct {
	ID        int      `json:"id"`
	Do        string   `json:"do"`
	Name      string   `json:"name"`
	Bind      string   `json:"bind"`
	Advertise string   `json:"advertise"`
	Profile   string   `json:"profile"`
	Label     string   `json:"label"`
	Keys      []string `json:"keys"`
	Key       string   `json:"key"`
	Verb      string   `json:"verb"`
	Meta      []byte   `json:"meta"`
	Payload   []byte   `json:"payload"`
	To        string   `json:"to"`
	Via       string   `json:"via"`
	Count     int      `json:"count"`
	Index     int      `json:"index"`
	TimeoutMs int      `json:"timeoutMs"`
}

type reply struct {
	ID    int    `json:"id"`
	OK    any    `json:"ok,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	driver := newDriver()
	var writing sync.Mutex
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var request Request
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			fmt.Fprintf(os.Stderr, "not a request: %v\n", err)
			os.Exit(2)
		}
		go func() {
			answer := reply{ID: request.ID}
			ok, err := driver.perform(&request)
			if err != nil {
				answer.Error = err.Error()
			} else if answer.OK = ok; ok == nil {
				answer.OK = struct{}{}
			}
			writing.Lock()
			defer writing.Unlock()
			if err := out.Encode(answer); err != nil {
				os.Exit(1)
			}
		}()
	}
}
