// Requests to the page's own server.

async function ask(method, path, body) {
  const request = { method };
  if (body !== undefined) {
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  const response = await fetch(path, request);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? answer.detail ?? response.statusText);
  return answer;
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}) => ask("POST", path, body);
export const remove = (path) => ask("DELETE", path);

/** What the person of a seat does in their messenger: write, tap, press, photo, voice, document, start, block, unblock. */
export const act = ({ messenger, person }, what, body = {}) => post(`/${messenger}/sandbox/people/${person}/${what}`, body);
