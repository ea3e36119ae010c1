// What happens, as it happens. The browser reconnects by itself and names the last number it saw.

export function listen(after, { hello, changes, reset, lost }) {
  const source = new EventSource(`/page/stream?after=${after}`);
  source.addEventListener("hello", (event) => hello(JSON.parse(event.data)));
  source.addEventListener("changes", (event) => changes(JSON.parse(event.data)));
  source.addEventListener("reset", () => {
    source.close();
    reset();
  });
  source.addEventListener("error", () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(reset, 1000);
  });
}
