package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// driver owns the nodes of this process.
type driver struct {
	lock  sync.Mutex
	nodes map[string]*node
	// order is that in which they were started; the benches go by it.
	order []*node
}

// MemberRow is a member as memberlist shows it: alive or suspect, for it hides the others.
type MemberRow struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Meta    []byte `json:"meta"`
}

func newDriver() *driver {
	return &driver{nodes: map[string]*node{}}
}

func (d *driver) perform(request *Request) (any, error) {
	switch request.Do {
	case "start":
		return d.start(request)
	case "cluster":
		return d.cluster(request)
	case "joinAll":
		return d.joinAll(request)
	case "spread":
		return d.spread(request)
	case "flood":
		return d.flood(request), nil
	case "fell":
		return d.fell(request)
	case "counts":
		return d.counts(), nil
	case "heap":
		return d.heap(), nil
	case "clear":
		return nil, d.clear()
	}
	n, err := d.find(request.Name)
	if err != nil {
		return nil, err
	}
	return performOn(n, request)
}

func performOn(n *node, request *Request) (any, error) {
	timeout := time.Duration(request.TimeoutMs) * time.Millisecond
	switch request.Do {
	case "join":
		return n.list.Join([]string{request.To})
	case "members":
		return n.members(), nil
	case "meta":
		return nil, n.setMeta(request.Meta, timeout)
	case "send":
		return nil, n.send(request.To, request.Payload, request.Via)
	case "broadcast":
		n.broadcast(request.Payload)
		return nil, nil
	case "key":
		return nil, n.changeKey(request.Verb, request.Key)
	case "leave":
		if err := n.list.Leave(timeout); err != nil {
			return nil, err
		}
		return nil, n.list.Shutdown()
	case "kill":
		return nil, n.list.Shutdown()
	}
	n.lock.Lock()
	defer n.lock.Unlock()
	switch request.Do {
	case "events":
		return append([]Event{}, n.events...), nil
	case "received":
		return append([][]byte{}, n.received...), nil
	case "log":
		return strings.Join(n.lines, "\n"), nil
	}
	return nil, fmt.Errorf("no verb %q", request.Do)
}

func (d *driver) start(request *Request) (any, error) {
	n, err := startNode(request)
	if err != nil {
		return nil, err
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	d.nodes[n.name] = n
	d.order = append(d.order, n)
	return n.address(), nil
}

func (d *driver) find(name string) (*node, error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if n, ok := d.nodes[name]; ok {
		return n, nil
	}
	return nil, fmt.Errorf("no node %q", name)
}

func (d *driver) running() []*node {
	d.lock.Lock()
	defer d.lock.Unlock()
	return append([]*node{}, d.order...)
}

func (n *node) members() []MemberRow {
	rows := []MemberRow{}
	for _, member := range n.list.Members() {
		rows = append(rows, MemberRow{member.Name, member.Address(), member.Meta})
	}
	return rows
}

// counts adds up what the nodes of this process did, and what the process cost.
func (d *driver) counts() map[string]int64 {
	sum := map[string]int64{"cpuMicros": cpuMicros()}
	for _, n := range d.running() {
		sum["packetsSent"] += n.traffic.packetsSent.Load()
		sum["bytesSent"] += n.traffic.bytesSent.Load()
		sum["streamBytesSent"] += n.traffic.streamBytesSent.Load()
		n.lock.Lock()
		for name, count := range n.counts {
			sum[name] += int64(count)
		}
		n.lock.Unlock()
	}
	return sum
}

func cpuMicros() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
}

// heap is what is alive after a collection, in bytes.
func (d *driver) heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// clear stops every node without a word.
func (d *driver) clear() error {
	nodes := d.running()
	d.lock.Lock()
	d.nodes, d.order = map[string]*node{}, nil
	d.lock.Unlock()
	for _, n := range nodes {
		if err := n.list.Shutdown(); err != nil {
			return err
		}
	}
	return nil
}
