package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

const (
	linesMax    = 4000
	messagesMax = 100_000
)

// Event is something a node saw happen to a member.
type Event struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// node is one memberlist and the delegates that hear it.
type node struct {
	name    string
	list    *memberlist.Memberlist
	queue   *memberlist.TransmitLimitedQueue
	keyring *memberlist.Keyring
	traffic traffic

	// lock guards what follows. Delegates are called with memberlist's own locks held, so no
	// method of memberlist may be called under it.
	lock     sync.Mutex
	meta     []byte
	lines    []string
	counts   map[string]int
	events   []Event
	received [][]byte
	seen     map[string]bool
	living   map[string]bool
	onChange func(living int)
	onNews   func(payload []byte)
}

// telling words in memberlist's log, and what they are counted as.
var troubles = map[string]string{
	"has failed, no acks received": "suspicions",
	"Refuting":                     "refutations",
	"Marking":                      "failures",
	"[ERR]":                        "errors",
	"[WARN]":                       "warnings",
	"Conflicting address":          "conflicts",
}

func startNode(request *Request) (*node, error) {
	n := &node{
		name:   request.Name,
		meta:   request.Meta,
		counts: map[string]int{},
		seen:   map[string]bool{},
		living: map[string]bool{},
	}
	config, err := n.config(request)
	if err != nil {
		return nil, err
	}
	n.queue = &memberlist.TransmitLimitedQueue{RetransmitMult: config.RetransmitMult}
	n.queue.NumNodes = n.livingCount
	list, err := memberlist.Create(config)
	if err != nil {
		return nil, err
	}
	n.list = list
	return n, nil
}

// stillConfig is a node that forgets at once what it has to gossip and then does nothing: what it
// holds is then its table of members.
func stillConfig() *memberlist.Config {
	config := memberlist.DefaultLANConfig()
	config.ProbeInterval, config.PushPullInterval = 0, 0
	config.RetransmitMult, config.GossipNodes = 1, 50
	config.GossipInterval = 5 * time.Millisecond
	return config
}

func (n *node) config(request *Request) (*memberlist.Config, error) {
	var config *memberlist.Config
	switch request.Profile {
	case "", "lan":
		config = memberlist.DefaultLANConfig()
	case "wan":
		config = memberlist.DefaultWANConfig()
	case "local":
		config = memberlist.DefaultLocalConfig()
	case "still":
		config = stillConfig()
	default:
		return nil, fmt.Errorf("no profile %q", request.Profile)
	}
	config.Name = request.Name
	config.Label = request.Label
	config.Logger = log.New(n, "", 0)
	config.Delegate = n
	config.Events = n
	if err := n.bind(config, request); err != nil {
		return nil, err
	}
	return config, n.setKeys(config, request.Keys)
}

// bind opens the sockets here rather than in memberlist, to have the meter between.
func (n *node) bind(config *memberlist.Config, request *Request) error {
	host, port, err := splitAddress(request.Bind, "127.0.0.1:0")
	if err != nil {
		return err
	}
	inner, err := bindAnyPort(&memberlist.NetTransportConfig{
		BindAddrs: []string{host}, BindPort: port, Logger: config.Logger,
	})
	if err != nil {
		return err
	}
	config.Transport = newCountingTransport(inner, &n.traffic)
	config.BindAddr, config.BindPort = host, inner.GetAutoBindPort()
	config.AdvertisePort = config.BindPort
	if request.Advertise == "" {
		return nil
	}
	config.AdvertiseAddr, config.AdvertisePort, err = splitAddress(request.Advertise, "")
	return err
}

// A free TCP port may be taken for UDP: then another is tried.
func bindAnyPort(config *memberlist.NetTransportConfig) (*memberlist.NetTransport, error) {
	transport, err := memberlist.NewNetTransport(config)
	for try := 0; try < 20 && err != nil && config.BindPort == 0; try++ {
		transport, err = memberlist.NewNetTransport(config)
	}
	return transport, err
}

func splitAddress(text string, fallback string) (string, int, error) {
	if text == "" {
		text = fallback
	}
	host, portText, err := net.SplitHostPort(text)
	if err != nil {
		return "", 0, err
	}
	port, err := strconv.Atoi(portText)
	return host, port, err
}

func (n *node) setKeys(config *memberlist.Config, texts []string) error {
	if len(texts) == 0 {
		return nil
	}
	keys := make([][]byte, len(texts))
	for i, text := range texts {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return err
		}
		keys[i] = key
	}
	keyring, err := memberlist.NewKeyring(keys, keys[0])
	n.keyring, config.Keyring = keyring, keyring
	return err
}

func (n *node) changeKey(verb string, text string) error {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	switch verb {
	case "add":
		return n.keyring.AddKey(key)
	case "use":
		return n.keyring.UseKey(key)
	case "remove":
		return n.keyring.RemoveKey(key)
	}
	return fmt.Errorf("no verb %q for keys", verb)
}

func (n *node) setMeta(meta []byte, timeout time.Duration) error {
	n.lock.Lock()
	n.meta = meta
	n.lock.Unlock()
	return n.list.UpdateNode(timeout)
}

// broadcast spreads a payload; whoever hears it for the first time passes it on.
func (n *node) broadcast(payload []byte) {
	n.takeNews(payload)
}

func (n *node) send(to string, payload []byte, via string) error {
	for _, member := range n.list.Members() {
		if member.Name != to {
			continue
		}
		if via == "stream" {
			return n.list.SendReliable(member, payload)
		}
		return n.list.SendBestEffort(member, payload)
	}
	return fmt.Errorf("%s knows no member %s", n.name, to)
}

func (n *node) address() string {
	return n.list.LocalNode().Address()
}

func (n *node) livingCount() int {
	n.lock.Lock()
	defer n.lock.Unlock()
	return len(n.living)
}

// memberlist.Delegate

func (n *node) NodeMeta(int) []byte {
	n.lock.Lock()
	defer n.lock.Unlock()
	return n.meta
}

func (n *node) NotifyMsg(payload []byte) {
	n.takeNews(append([]byte(nil), payload...))
}

func (n *node) takeNews(payload []byte) {
	n.lock.Lock()
	isNews := !n.seen[string(payload)] && len(n.seen) < messagesMax
	onNews := n.onNews
	if isNews {
		n.seen[string(payload)] = true
		n.received = append(n.received, payload)
	}
	n.lock.Unlock()
	if !isNews {
		return
	}
	if onNews != nil {
		onNews(payload)
	}
	// What begins with 48 01 is Hearsay's, which spreads it by itself.
	if len(payload) < 2 || payload[0] != 0x48 || payload[1] != 0x01 {
		n.queue.QueueBroadcast(broadcast(payload))
	}
}

func (n *node) GetBroadcasts(overhead, limit int) [][]byte {
	return n.queue.GetBroadcasts(overhead, limit)
}

func (n *node) LocalState(bool) []byte { return nil }

func (n *node) MergeRemoteState([]byte, bool) {}

// memberlist.EventDelegate

func (n *node) NotifyJoin(member *memberlist.Node) { n.note("join", member) }

// NotifyLeave does not say whether the member left or was found dead, and nor does the member.
func (n *node) NotifyLeave(member *memberlist.Node) { n.note("gone", member) }

func (n *node) NotifyUpdate(member *memberlist.Node) { n.note("update", member) }

func (n *node) note(kind string, member *memberlist.Node) {
	n.lock.Lock()
	n.counts["event."+kind]++
	if len(n.events) < messagesMax {
		n.events = append(n.events, Event{kind, member.Name})
	}
	switch kind {
	case "join":
		n.living[member.Name] = true
	case "gone":
		delete(n.living, member.Name)
	}
	living, onChange := len(n.living), n.onChange
	n.lock.Unlock()
	if onChange != nil {
		onChange(living)
	}
}

// Write takes memberlist's log.
func (n *node) Write(line []byte) (int, error) {
	text := strings.TrimSuffix(string(line), "\n")
	n.lock.Lock()
	defer n.lock.Unlock()
	for words, count := range troubles {
		if strings.Contains(text, words) {
			n.counts[count]++
		}
	}
	if n.lines = append(n.lines, text); len(n.lines) > linesMax {
		n.lines = n.lines[linesMax/2:]
	}
	return len(line), nil
}

// broadcast never replaces another.
type broadcast []byte

func (b broadcast) Invalidates(memberlist.Broadcast) bool { return false }
func (b broadcast) Message() []byte                       { return b }
func (b broadcast) Finished()                             {}
