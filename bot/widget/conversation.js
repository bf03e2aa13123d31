// The line to the server: one request at a time, in order, until everything written has arrived and every
// answer has been read. It knows nothing of the page. What is not delivered yet is kept for this tab only,
// unless the family wants to find its chat here again.

const API = "chat/v1/";
const WAIT_FOR_ANSWER = 4; // seconds to hope for the answer in the same breath; then we know at least it arrived
const WAIT_FOR_NEWS = 25;
const GRACE = 15; // seconds on top of a wait before the line counts as dead
const BACK_OFF = [1, 2, 4, 8, 15];

function tried(work) {
  try {
    return work();
  } catch (problem) {
    return null; // A private window: the conversation lives as long as the page.
  }
}

/** What this tab keeps, or this device where the family asked for it; nothing where the browser forbids it. */
export const store = {
  kept: () => tried(() => Boolean(localStorage.homeward)),
  place: () => (store.kept() ? localStorage : sessionStorage),
  read: () => tried(() => JSON.parse(store.place().homeward)) || {},
  write(changes) {
    tried(() => (store.place().homeward = JSON.stringify({ ...store.read(), ...changes })));
  },
  clear() {
    tried(() => [localStorage, sessionStorage].forEach((place) => place.removeItem("homeward")));
  },
  keep(here) {
    const all = JSON.stringify(store.read());
    store.clear();
    tried(() => ((here ? localStorage : sessionStorage).homeward = all));
  },
};

class Refusal extends Error {
  /** `said` is the error of the API: {code, message}, or nothing where something before it refused. */
  constructor(status, retryAfter, said) {
    super((said && said.message) || `refused with ${status}`);
    this.status = status;
    this.code = said && said.code;
    this.retryAfter = retryAfter;
  }
}

function newId() {
  // crypto.randomUUID is missing on plain http and on older phones.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export class Conversation {
  /**
   * tell.messages(list, past)  messages, oldest first, each told once; past: the family has seen these before
   * tell.accepted(id, seq)     the server has this message
   * tell.rejected(item, status) the server will never take this message
   * tell.restarted()           an expired session was replaced: numbering begins again
   * tell.changed()             `busy` or `trouble` may be different now
   * tell.deleted(sentence)     the family asked for it in words: everything is gone, on the server and here
   * tell.oldLink(sentence)     the link opened nothing; a new conversation begins with the first message
   *
   * link: what a text brought, to open the phone's thread here; it goes before what this tab kept.
   */
  constructor(language, tell, link) {
    if (link) {
      store.clear();
      store.write({ link: { link, id: newId() }, veiled: true });
    }
    const kept = store.read();
    this.language = language;
    this.tell = tell;
    this.token = kept.token || null;
    this.outbox = kept.outbox || [];
    this.trouble = null; // null | "unreachable" | "busy"
    this.request = null;
    this.nudged = false;
    this.running = false;
    this.held = false;
    this.link = kept.link || null;
    this.veiled = Boolean(kept.veiled); // what was said before a link was opened is shown when asked for
    this.caughtUp = !this.token && !this.link; // after a reload the conversation so far comes first
    this.begin(kept.start || 0);
  }

  /** Someone waits for an answer, or for a message to get through. */
  get busy() {
    return this.outbox.length > 0 || this.lastFamily > this.lastAnswer;
  }

  /** Queue {text} or {choice, label}; returns the id that stays the same however often it is sent. */
  send(message) {
    const item = { id: newId(), ...message };
    this.outbox.push(item);
    this.keep();
    this.nudge();
    this.run();
    return item.id;
  }

  /** Stop waiting and look at what there is to do: a new message, the network is back, the tab is seen again. */
  nudge(whatever) {
    if (this.request && (this.request.waits || whatever)) {
      this.nudged = true;
      this.request.controller.abort();
    }
    if (this.wake) this.wake();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    let failures = 0;
    while (!this.held && (this.outbox.length || this.token || this.link)) {
      try {
        if (this.link) await this.enter();
        else if (!this.caughtUp) await this.catchUp();
        else if (this.outbox.length) await this.deliver();
        else await this.listen();
        failures = 0;
        this.trouble = null;
      } catch (problem) {
        if (this.nudged) {
          this.nudged = false;
          continue;
        }
        failures += 1;
        const pause = this.afterFailure(problem, failures);
        if (pause) {
          this.tell.changed();
          await this.pause(pause);
        }
      }
      this.tell.changed();
    }
    this.running = false;
  }

  /** Erase everything on the server, then here; returns its receipt, if it gave one. Throws, with nothing changed, when the server was not reached. */
  async forget() {
    this.held = true;
    this.nudge(true);
    let answer = {};
    try {
      if (this.token) answer = await this.call("DELETE", "session");
    } catch (problem) {
      if (problem.status !== 401) {
        this.held = false;
        this.run();
        throw problem;
      }
    }
    this.end();
    this.held = false;
    this.tell.changed();
    return answer.message;
  }

  /** Something beside the conversation, such as a phone number: not repeated, and no message of anybody's. */
  async ask(method, path, body) {
    if (!this.token) await this.opened();
    const controller = new AbortController();
    try {
      return await this.exchange(method, path, body, controller, GRACE);
    } finally {
      this.run();
      this.nudge(); // something was said because of it, or the session has ended
    }
  }

  unveil() {
    this.veiled = false;
    store.write({ veiled: false });
  }

  /** Like forget, without waiting: the page is going away. */
  leave() {
    this.held = true;
    this.nudge(true);
    if (this.token) {
      fetch(`${API}session`, { method: "DELETE", headers: this.headers(), keepalive: true }).catch(() => {});
    }
    this.token = null;
    this.outbox = [];
    store.clear();
  }

  // ------------------------------------------------------------------------------------------------

  begin(start) {
    this.start = start; // messages up to here are the server's greeting; the page greets by itself
    this.cursor = start; // everything up to here has been read
    this.seen = new Set();
    this.lastFamily = 0;
    this.lastAnswer = 0;
  }

  keep() {
    store.write({ token: this.token, start: this.start, outbox: this.outbox, link: this.link });
  }

  end() {
    this.token = null;
    this.link = null;
    this.outbox = [];
    this.trouble = null;
    this.veiled = false;
    this.caughtUp = true;
    this.begin(0);
    store.clear();
  }

  /** One session, however many need it at once. */
  opened() {
    this.opening = this.opening || this.open().finally(() => { this.opening = null; });
    return this.opening;
  }

  async enter() {
    let answer;
    try {
      answer = await this.call("POST", "sessions", { language: this.language, ...this.link });
    } catch (problem) {
      if (![400, 410].includes(problem.status)) throw problem;
      this.link = null;
      this.unveil();
      this.caughtUp = true;
      this.keep();
      this.tell.oldLink(problem.message);
      return;
    }
    this.token = answer.token;
    this.link = null;
    this.begin(0);
    this.keep();
  }

  async open() {
    const { token, messages } = await this.call("POST", "sessions", { language: this.language });
    this.token = token;
    this.begin(Math.max(0, ...(messages || []).map((message) => message.seq)));
    this.keep();
  }

  async catchUp() {
    await this.read(0, true);
    this.caughtUp = true;
  }

  async deliver() {
    if (!this.token) await this.opened();
    const item = this.outbox[0];
    const body = item.choice ? { id: item.id, choice: item.choice } : { id: item.id, text: item.text };
    const wait = this.outbox.length > 1 ? 0 : WAIT_FOR_ANSWER;
    let answer;
    try {
      answer = await this.call("POST", `messages?wait=${wait}`, body, wait);
    } catch (problem) {
      if (![400, 413, 422].includes(problem.status)) throw problem;
      this.outbox.shift();
      this.keep();
      this.tell.rejected(item, problem.status);
      return;
    }
    if (answer.deleted) {
      this.end();
      this.tell.deleted(answer.messages.map((message) => message.text).join(" "));
      return;
    }
    this.outbox.shift();
    this.keep();
    this.seen.add(answer.accepted);
    this.lastFamily = Math.max(this.lastFamily, answer.accepted);
    this.tell.accepted(item.id, answer.accepted);
    this.take(answer.messages);
    // Another tab may have spoken in between: read on from the first gap.
    while (this.seen.has(this.cursor + 1)) this.cursor += 1;
  }

  async listen() {
    if (document.hidden && !this.busy) {
      await this.pause(600);
      return;
    }
    const began = Date.now();
    const messages = await this.read(WAIT_FOR_NEWS);
    if (!messages.length && Date.now() - began < 1000) await this.pause(2);
  }

  async read(wait, past) {
    const { messages } = await this.call("GET", `messages?after=${this.cursor}&wait=${wait}`, null, wait);
    this.take(messages, past);
    this.cursor = Math.max(this.cursor, ...messages.map((message) => message.seq));
    return messages;
  }

  take(messages, past) {
    const fresh = messages.filter((message) => !this.seen.has(message.seq)).sort((a, b) => a.seq - b.seq);
    for (const message of fresh) {
      this.seen.add(message.seq);
      if (message.from === "family") {
        // whoever texts waits at the phone; and one of too many texts gets no answer of its own
        if (message.channel !== "sms") this.lastFamily = Math.max(this.lastFamily, message.seq);
      } else this.lastAnswer = Math.max(this.lastAnswer, message.seq);
    }
    if (fresh.length) this.tell.messages(fresh, past);
  }

  /** Seconds to wait before the next try; 0 is at once. */
  afterFailure(problem, failures) {
    if (problem.status === 401) {
      this.token = null;
      this.caughtUp = true;
      this.begin(0);
      this.keep();
      this.tell.restarted();
      if (failures === 1) return 0;
    }
    this.trouble = problem.status === 429 ? "busy" : failures > 1 || problem.status ? "unreachable" : null;
    return problem.retryAfter || BACK_OFF[Math.min(failures, BACK_OFF.length) - 1];
  }

  headers() {
    const headers = { "Content-Type": "application/json" };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    return headers;
  }

  async call(method, path, body, waits) {
    const controller = new AbortController();
    const request = { controller, waits };
    this.request = request;
    try {
      return await this.exchange(method, path, body, controller, (waits || 0) + GRACE);
    } finally {
      if (this.request === request) this.request = null;
    }
  }

  async exchange(method, path, body, controller, patience) {
    const timer = setTimeout(() => controller.abort(), patience * 1000);
    try {
      const response = await fetch(API + path, {
        method,
        headers: this.headers(),
        body: body ? JSON.stringify(body) : undefined,
        cache: "no-store",
        signal: controller.signal,
      });
      if (!response.ok) {
        const said = await response.json().catch(() => ({}));
        throw new Refusal(response.status, Number(response.headers.get("Retry-After")), said.error);
      }
      return response.status === 204 ? {} : await response.json();
    } finally {
      clearTimeout(timer);
    }
  }

  pause(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
