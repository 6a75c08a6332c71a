package main

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// traffic is what one node has sent and received, payloads only.
type traffic struct {
	packetsSent, bytesSent, streamBytesSent atomic.Int64
}

// countingTransport is memberlist's own transport with a meter on it.
type countingTransport struct {
	*memberlist.NetTransport
	traffic *traffic
	streams chan net.Conn
	done    chan struct{}
}

func newCountingTransport(inner *memberlist.NetTransport, traffic *traffic) *countingTransport {
	t := &countingTransport{inner, traffic, make(chan net.Conn), make(chan struct{})}
	go t.passStreams()
	return t
}

func (t *countingTransport) passStreams() {
	for {
		select {
		case conn := <-t.NetTransport.StreamCh():
			select {
			case t.streams <- &countingConn{conn, t.traffic}:
			case <-t.done:
				return
			}
		case <-t.done:
			return
		}
	}
}

func (t *countingTransport) StreamCh() <-chan net.Conn { return t.streams }

func (t *countingTransport) WriteTo(bytes []byte, addr string) (time.Time, error) {
	return t.WriteToAddress(bytes, memberlist.Address{Addr: addr})
}

func (t *countingTransport) WriteToAddress(
	bytes []byte, addr memberlist.Address,
) (time.Time, error) {
	t.traffic.packetsSent.Add(1)
	t.traffic.bytesSent.Add(int64(len(bytes)))
	return t.NetTransport.WriteToAddress(bytes, addr)
}

func (t *countingTransport) DialTimeout(addr string, wait time.Duration) (net.Conn, error) {
	return t.DialAddressTimeout(memberlist.Address{Addr: addr}, wait)
}

func (t *countingTransport) DialAddressTimeout(
	addr memberlist.Address, wait time.Duration,
) (net.Conn, error) {
	conn, err := t.NetTransport.DialAddressTimeout(addr, wait)
	if err != nil {
		return nil, err
	}
	return &countingConn{conn, t.traffic}, nil
}

// Shutdown waits for the listener, which may hold a stream that it wants to hand on first.
func (t *countingTransport) Shutdown() error {
	defer close(t.done)
	return t.NetTransport.Shutdown()
}

type countingConn struct {
	net.Conn
	traffic *traffic
}

func (c *countingConn) Write(bytes []byte) (int, error) {
	n, err := c.Conn.Write(bytes)
	c.traffic.streamBytesSent.Add(int64(n))
	return n, err
}
