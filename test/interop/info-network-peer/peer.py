"""A foreign node of the info network: protobuf and gRPC for Python, from the same .proto.

Told what to do by a line of JSON on stdin, answers with a line on stdout. Its first argument is the
folder of the generated classes.
"""

import json
import queue
import sys
import threading
import time
import zlib
from concurrent import futures

import grpc

sys.path.insert(0, sys.argv[1])
from cockroach.gossip import gossip_pb2 as gossip  # noqa: E402
from cockroach.gossip import node_descriptor_pb2 as descriptors  # noqa: E402

METHOD = "Gossip"
SERVICE = "cockroach.gossip.Gossip"
NO_EXPIRY = 2**63 - 1
BYTES_TAG = b"\x03"


def seal(key, payload):
    checksum = zlib.crc32(key.encode() + BYTES_TAG + payload) or 1
    return checksum.to_bytes(4, "big") + BYTES_TAG + payload


def opened(key, raw):
    """None for a deleted key. Raises where the checksum does not hold."""
    if raw == b"":
        return None
    if int.from_bytes(raw[:4], "big") != (zlib.crc32(key.encode() + raw[4:]) or 1):
        raise ValueError("the checksum of %s does not hold" % key)
    return raw[5:]


class Peer:
    """Keeps what it hears; tells what it writes on every stream that stands."""

    def __init__(self):
        self.lock = threading.Lock()
        self.node_id = 0
        self.address = ""
        self.cluster_id = b""
        self.infos = {}
        self.stamps = {}
        self.out = {}
        self.heard = []
        self.ended = []
        self.last_stream = 0

    def say_who(self, node_id=0, clusterId="", address=""):
        self.node_id = node_id
        self.cluster_id = bytes.fromhex(clusterId)
        self.address = address or self.address

    def fill(self, message):
        message.node_id = self.node_id
        message.addr.network_field = "tcp"
        message.addr.address_field = self.address
        return message

    def take(self, message, who):
        with self.lock:
            self.heard.append(
                {
                    "from": who,
                    "nodeId": message.node_id,
                    "alternate": message.alternate_addr.address_field
                    if who == "server" and message.HasField("alternate_addr")
                    else None,
                    "alternateNodeId": getattr(message, "alternate_node_id", 0),
                    "keys": sorted(message.delta),
                    "clusterId": message.cluster_id.hex() if who == "client" else "",
                    "stamps": {str(k): str(v) for k, v in message.high_water_stamps.items()},
                    "unknown": len(message.UnknownFields()),
                }
            )
            for key, info in message.delta.items():
                known = self.infos.get(key)
                wall = info.value.timestamp.wall_time
                if known is None or known.value.timestamp.wall_time < wall:
                    self.infos[key] = info
                self.stamps[info.node_id] = max(
                    self.stamps.get(info.node_id, 0), info.orig_stamp
                )

    def info(self, key, payload, ttl_ms=0):
        now = time.time_ns()
        info = gossip.Info(orig_stamp=now + 1, node_id=self.node_id)
        info.ttl_stamp = NO_EXPIRY if ttl_ms == 0 else now + ttl_ms * 1_000_000
        info.value.raw_bytes = seal(key, payload)
        info.value.timestamp.wall_time = now
        return info

    def tell(self, delta):
        with self.lock:
            for who, waiting in self.out.values():
                kind = gossip.Request if who == "client" else gossip.Response
                message = self.fill(kind())
                for key, info in delta.items():
                    message.delta[key].CopyFrom(info)
                waiting.put(message)

    def open_stream(self, who):
        with self.lock:
            self.last_stream += 1
            self.out[self.last_stream] = (who, queue.Queue())
            return self.last_stream, self.out[self.last_stream][1]

    def close_stream(self, stream, code):
        with self.lock:
            _, waiting = self.out.pop(stream)
            self.ended.append(code)
        waiting.put(None)

    # As a client

    def dial(self, address):
        channel = grpc.insecure_channel(address)
        call = channel.stream_stream(
            "/%s/%s" % (SERVICE, METHOD),
            request_serializer=gossip.Request.SerializeToString,
            response_deserializer=gossip.Response.FromString,
        )
        stream, waiting = self.open_stream("client")
        first = self.fill(gossip.Request(cluster_id=self.cluster_id))
        for node_id, stamp in self.stamps.items():
            first.high_water_stamps[node_id] = stamp
        waiting.put(first)
        responses = call(iter(waiting.get, None))

        def read():
            code = "OK"
            try:
                for response in responses:
                    self.take(response, "server")
            except grpc.RpcError as error:
                code = error.code().name
            self.close_stream(stream, code)
            channel.close()

        threading.Thread(target=read, daemon=True).start()

    # As a server

    def serve(self):
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        handler = grpc.stream_stream_rpc_method_handler(
            self.on_stream,
            request_deserializer=gossip.Request.FromString,
            response_serializer=gossip.Response.SerializeToString,
        )
        handlers = grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler})
        server.add_generic_rpc_handlers((handlers,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.address = "127.0.0.1:%d" % port
        return self.address

    def on_stream(self, requests, context):
        stream, waiting = self.open_stream("server")
        first = self.fill(gossip.Response())
        for key, info in self.infos.items():
            first.delta[key].CopyFrom(info)
            first.high_water_stamps[info.node_id] = info.orig_stamp
        waiting.put(first)

        def read():
            code = "OK"
            try:
                for request in requests:
                    self.take(request, "client")
            except Exception:
                code = "CANCELLED"
            self.close_stream(stream, code)

        threading.Thread(target=read, daemon=True).start()
        return iter(waiting.get, None)


peer = Peer()


def shown(key, info):
    payload = opened(key, info.value.raw_bytes)
    return {
        "payload": None if payload is None else payload.hex(),
        "nodeId": info.node_id,
        "peerId": info.peer_id,
        "hops": info.hops,
        "origStamp": str(info.orig_stamp),
        "ttlStamp": str(info.ttl_stamp),
    }


def do_be(nodeId, clusterId="", address=""):
    peer.say_who(nodeId, clusterId, address)


def do_dial(address):
    peer.dial(address)


def do_serve():
    return peer.serve()


def do_set(key, payload, ttlMs=0, kept=True):
    info = peer.info(key, bytes.fromhex(payload), ttlMs)
    if kept:
        peer.infos[key] = info
    peer.tell({key: info})
    return str(info.orig_stamp)


def do_describe():
    descriptor = descriptors.NodeDescriptor(node_id=peer.node_id)
    descriptor.address.network_field = "tcp"
    descriptor.address.address_field = peer.address
    return do_set("node:%d" % peer.node_id, descriptor.SerializeToString().hex(), 60_000)


def do_setWrong(key):
    peer.tell({key: gossip.Info(orig_stamp=5, ttl_stamp=5)})


def do_look():
    with peer.lock:
        infos = {key: shown(key, info) for key, info in peer.infos.items()}
        return {"infos": infos, "heard": peer.heard, "ended": peer.ended}


def do_describedBy(key):
    payload = opened(key, peer.infos[key].value.raw_bytes)
    descriptor = descriptors.NodeDescriptor.FromString(payload)
    return {"nodeId": descriptor.node_id, "address": descriptor.address.address_field}


def do_readStatus(status):
    known = gossip.InfoStatus.FromString(bytes.fromhex(status))
    return {
        "payloads": {
            key: opened(key, info.value.raw_bytes).hex() for key, info in known.infos.items()
        },
        "client": [conn.conn_status.node_id for conn in known.client.conn_status],
        "server": [conn.node_id for conn in known.server.conn_status],
        "bytesSent": known.server.metrics.bytes_sent,
        "maxConns": known.server.max_conns,
        "sentinelNodeId": known.connectivity.sentinel_node_id,
        "stamps": sorted(known.high_water_stamps),
        "unknown": len(known.UnknownFields()),
    }


for line in sys.stdin:
    request = json.loads(line)
    reply = {"id": request.pop("id")}
    try:
        reply["ok"] = globals()["do_" + request.pop("do")](**request)
    except Exception as error:
        reply["error"] = repr(error)
    print(json.dumps(reply), flush=True)
