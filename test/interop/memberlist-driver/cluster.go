package main

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// cluster starts nodes PREFIX-000, PREFIX-001 … which do not know of each other yet.
func (d *driver) cluster(request *Request) (any, error) {
	for i := 0; i < request.Count; i++ {
		one := *request
		one.Name = fmt.Sprintf("%s-%03d", request.Name, i)
		if _, err := d.start(&one); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// mark notes when each of a number of nodes has got somewhere.
type mark struct {
	begun time.Time
	lock  sync.Mutex
	times []time.Duration
	left  int
	done  chan struct{}
}

func newMark(count int) *mark {
	return &mark{begun: time.Now(), left: count, done: make(chan struct{})}
}

func (m *mark) reached() {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.times = append(m.times, time.Since(m.begun))
	if m.left--; m.left == 0 {
		close(m.done)
	}
}

// Times says when the first and the last node got there, in milliseconds; AllMs is absent when not
// all did in time.
type Times struct {
	FirstMs *float64 `json:"firstMs,omitempty"`
	AllMs   *float64 `json:"allMs,omitempty"`
	Reached int      `json:"reached"`
}

func (m *mark) wait(timeoutMs int) Times {
	select {
	case <-m.done:
	case <-time.After(time.Duration(timeoutMs) * time.Millisecond):
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	times := Times{Reached: len(m.times)}
	if len(m.times) > 0 {
		times.FirstMs = milliseconds(m.times[0])
	}
	if m.left <= 0 {
		times.AllMs = milliseconds(m.times[len(m.times)-1])
	}
	return times
}

func milliseconds(d time.Duration) *float64 {
	ms := float64(d) / float64(time.Millisecond)
	return &ms
}

// joinAll lets all join the first at the same time, until each sees all.
func (d *driver) joinAll(request *Request) (any, error) {
	nodes := d.running()
	all := newMark(len(nodes))
	for _, n := range nodes {
		n.whenLiving(len(nodes), all.reached)
	}
	seed := nodes[0].address()
	for _, n := range nodes[1:] {
		go n.joinUntilIn(seed)
	}
	return all.wait(request.TimeoutMs), nil
}

// joinUntilIn tries again: a seed that all join at once may be too slow for one of them.
func (n *node) joinUntilIn(seed string) {
	for try := 0; try < 20; try++ {
		if _, err := n.list.Join([]string{seed}); err == nil {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// whenLiving calls once when the node sees exactly so many members.
func (n *node) whenLiving(count int, then func()) {
	var once sync.Once
	check := func(living int) {
		if living == count {
			once.Do(then)
		}
	}
	n.lock.Lock()
	n.onChange = check
	living := len(n.living)
	n.lock.Unlock()
	check(living)
}

// spread broadcasts from one node and waits until every other has it.
func (d *driver) spread(request *Request) (any, error) {
	nodes := d.running()
	others := newMark(len(nodes) - 1)
	for i, n := range nodes {
		if i == request.Index {
			continue
		}
		var once sync.Once
		n.lock.Lock()
		n.onNews = func(payload []byte) {
			if string(payload) == string(request.Payload) {
				once.Do(others.reached)
			}
		}
		n.lock.Unlock()
	}
	nodes[request.Index].broadcast(request.Payload)
	return others.wait(request.TimeoutMs), nil
}

// flood broadcasts so many payloads of 100 bytes from the first node at once, and says how many of
// them each of the others has after the time given.
func (d *driver) flood(request *Request) any {
	nodes := d.running()
	counts := make([]atomic.Int64, len(nodes))
	for i, n := range nodes[1:] {
		n.lock.Lock()
		n.onNews = func([]byte) { counts[i+1].Add(1) }
		n.lock.Unlock()
	}
	for i := 0; i < request.Count; i++ {
		payload := make([]byte, 100)
		binary.BigEndian.PutUint32(payload, uint32(i))
		nodes[0].broadcast(payload)
	}
	time.Sleep(time.Duration(request.TimeoutMs) * time.Millisecond)
	received := make([]int64, 0, len(nodes)-1)
	for i := range nodes[1:] {
		received = append(received, counts[i+1].Load())
	}
	return map[string]any{"received": received}
}

// fell ends one node without a word and waits until every other has noticed.
func (d *driver) fell(request *Request) (any, error) {
	nodes := d.running()
	victim := nodes[request.Index]
	d.lock.Lock()
	d.order = append(append([]*node{}, nodes[:request.Index]...), nodes[request.Index+1:]...)
	delete(d.nodes, victim.name)
	d.lock.Unlock()
	others := newMark(len(nodes) - 1)
	for _, n := range d.running() {
		n.whenLiving(len(nodes)-1, others.reached)
	}
	if err := victim.list.Shutdown(); err != nil {
		return nil, err
	}
	return others.wait(request.TimeoutMs), nil
}
