"""The adapter's side of the conversation with pass-conformance: any client in Python can use it.

One JSON object a line: what the harness says comes in on standard input, what the client says goes
out on standard output. Standard error is free for the client's own log.
"""

import json
import queue
import sys
import threading
import time

PROTOCOL = 1


class Quit(Exception):
    """The user ended the app, or the harness is gone: everything stops."""


class Harness:
    """The conversation with pass-conformance: one JSON object a line, both ways.

    A thread reads, so that a user who quits is heard while the client waits for something else."""

    def __init__(self):
        self.incoming = queue.Queue()
        self.waiting = []  # messages that came while something else was waited for
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in sys.stdin:
            self.incoming.put(json.loads(line))
        self.incoming.put(None)  # the harness is gone

    def send(self, **message):
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def show(self, event, **what):
        self.send(type="event", event=event, **what)

    def tell(self, kind, text):
        self.show("message", kind=kind, text=text)

    def done(self, id):
        self.send(type="done", id=id)

    def next(self, timeout=None):
        """The next message; None when there is none within `timeout` real seconds."""
        if self.waiting:
            return self.waiting.pop(0)
        try:
            message = self.incoming.get(timeout=timeout)
        except queue.Empty:
            return None
        if message is None:
            raise Quit
        return message

    def put_back(self, message):
        self.waiting.insert(0, message)

    def pause(self, seconds):
        """Waits for real seconds, unless the user quits. All else they do waits its turn."""
        end = time.monotonic() + seconds
        while True:
            if any(is_quit(message) for message in self.waiting):
                raise Quit
            try:
                message = self.incoming.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                return
            if message is None:
                raise Quit
            self.waiting.append(message)


def is_quit(message):
    return message.get("type") == "do" and message.get("action") == "quit"


class Clock:
    """The client's own time, in seconds since the epoch. It begins with what `hello` says that it is
    `now`, in milliseconds, and runs `speed` times faster than real time, so that half an hour of
    polling can be judged in seconds."""

    def __init__(self, speed, now=None):
        self.speed = speed or 1
        self.origin = time.time() if now is None else now / 1000
        self.started = time.monotonic()

    def now(self):
        return self.origin + (time.monotonic() - self.started) * self.speed

    def real(self, seconds):
        """How long so many seconds of own time take in real time."""
        return max(0.0, seconds / self.speed)
