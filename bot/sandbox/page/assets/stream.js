// What happens, as it happens. The browser reconnects by itself and names the last number it saw; where it cannot
// (it was offline, the server refused), it is opened again from there.

const AGAIN = 1000;

export function listen(after, { hello, changes, reset, lost }) {
  let last = after;
  let source = null;

  function open() {
    source?.close();
    source = new EventSource(`/page/stream?after=${last}`);
    source.addEventListener("hello", (event) => hello(JSON.parse(event.data)));
    source.addEventListener("changes", (event) => {
      last = Number(event.lastEventId);
      changes(JSON.parse(event.data));
    });
    source.addEventListener("reset", () => {
      stop();
      reset();
    });
    source.addEventListener("error", () => {
      lost();
      if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN);
    });
  }

  function pause() {
    source.close();
    lost();
  }

  function stop() {
    source.close();
    removeEventListener("offline", pause);
    removeEventListener("online", open);
  }

  addEventListener("offline", pause);
  addEventListener("online", open);
  open();
}
