// The page: what is typed and tapped goes to the conversation; what comes back goes into the log.

import { Conversation, store } from "./conversation.js";
import { fill, h, icon } from "./dom.js";
import { messageNode, ownBubble, spoken } from "./messages.js";
import { PhonePanel } from "./phone.js";

const LONGEST = 4000; // letters in one message
const COUNT_FROM = 3600;
const SLOW = 6000; // milliseconds until silence needs a word

const $ = (id) => document.getElementById(id);
const page = document.documentElement;
const language = page.lang;
const words = JSON.parse($("strings").textContent);
const vocabularies = { [language]: words };
const log = $("log");
const text = $("text");
const unsent = new Map(); // message id → its bubble
const texting = Boolean($("by-text")); // the page is served without it where there are no texts

// The link of a text: out of the address bar, and so out of the browser's history, before anything else.
const LINK = /^#t=([0-9a-f]{24})$/;
const link = LINK.exec(location.hash);
// The code of a card (HW-7KQ2MX): the family's first message, once it taps.
const invite = /^#i=(HW-[2-9B-Z]{6})$/i.exec(location.hash);
if (link || invite) history.replaceState(null, "", location.pathname + location.search);

const conversation = new Conversation(language, {
  messages: (list, past) => { rendering = rendering.then(() => show(list, past)).catch(console.error); },
  accepted(id, seq) {
    const bubble = unsent.get(id);
    unsent.delete(id);
    if (!bubble) return;
    if (at(seq)) bubble.remove(); // it arrived before a reload, so the conversation so far has it already
    else bubble.dataset.seq = seq;
    note(bubble, "");
  },
  rejected(item, status) {
    const bubble = unsent.get(item.id);
    unsent.delete(item.id);
    const reason = item.choice ? words.rejected_choice : status === 413 ? words.rejected_long : words.rejected;
    note(bubble, reason);
    say(reason);
    if (item.text && !text.value) type(item.text);
  },
  restarted() {
    for (const node of log.children) if (node.dataset.seq) node.dataset.seq = 0;
    $("suggestions").hidden = log.children.length > 1;
  },
  changed: refresh,
  deleted: (receipt) => rendering.then(() => {
    empty(receipt);
    $("outcome").scrollIntoView({ block: "nearest" });
  }),
  oldLink(sentence) {
    log.append(messageNode({ from: "homeward", text: sentence, language }, words));
    say(sentence);
    $("suggestions").hidden = false;
  },
}, link && link[1]);

// ---- the log ---------------------------------------------------------------------------------------------

let rendering = Promise.resolve();

const at = (seq) => Array.from(log.children).some((node) => node.dataset.seq === String(seq));

/** The strings of a message's language; the page's own if the others cannot be fetched. */
async function vocabulary(code) {
  if (!vocabularies[code] && ["en", "es"].includes(code)) {
    const loaded = await fetch(new URL(`strings.${code}.json`, import.meta.url)).then((answer) => answer.json()).catch(() => null);
    if (loaded) vocabularies[code] = loaded;
  }
  return vocabularies[code] || words;
}

const choose = ({ choice, label }) => send({ choice, label });

/** The words are shown even if something in a listing cannot be. */
function draw(message, sentences) {
  try {
    return messageNode(message, sentences, choose);
  } catch (problem) {
    console.error(problem);
    return messageNode({ ...message, matches: [] }, sentences, choose);
  }
}

let earlier = []; // said before a link was opened

async function show(list, past) {
  if (past && conversation.veiled) {
    earlier = list;
    $("earlier").hidden = false;
    return;
  }
  const follow = nearEnd();
  let first = null;
  for (const message of list) {
    const node = draw(message, await vocabulary(message.language));
    place(node, message.seq);
    if (texting && message.matches && message.matches.length) offerList(node, await vocabulary(message.language));
    if (message.from !== "family") first = first || node;
  }
  const newest = speaking = list[list.length - 1].language;
  if (!past) say(spoken(list, await vocabulary(newest)), newest);
  refresh();
  if (past) toEnd();
  else if (first && follow) reveal(first);
}

/** In the order of the server; what is not accepted yet stays last. */
function place(node, seq) {
  node.dataset.seq = seq;
  const later = Array.from(log.children).find((each) => each !== node && each.id !== "greeting" && !(each.dataset.seq <= seq));
  log.insertBefore(node, later || null);
}

let speaking = language; // what the newest message is in

/** Only the newest listings can be texted. */
function offerList(node, sentences) {
  const older = log.querySelector(".by-text");
  if (older) older.remove();
  const button = h("button", { type: "button" }, icon("text"), h("span", {}, sentences.text_list));
  button.addEventListener("click", () => openPhone(button, true));
  node.append(h("p", { class: "by-text" }, button));
}

$("earlier").addEventListener("click", () => {
  conversation.unveil();
  $("earlier").hidden = true;
  const list = earlier;
  earlier = [];
  rendering = rendering.then(() => show(list, true)).catch(console.error);
  log.focus({ preventScroll: true });
});

const main = document.querySelector("main");
const nearEnd = () => main.getBoundingClientRect().bottom < window.innerHeight + 300;
const toEnd = () => main.scrollIntoView({ block: "end" });

/** Bring an answer into view: all of it if it fits, else from its beginning. */
function reveal(node) {
  const room = window.innerHeight - $("top").offsetHeight - $("composer").offsetHeight;
  if (main.getBoundingClientRect().bottom - node.getBoundingClientRect().top > room) node.scrollIntoView({ block: "start" });
  else toEnd();
}

/** Scrolling must know what the bars at the top and the bottom cover. */
function measure() {
  page.style.setProperty("--top", `${$("top").offsetHeight}px`);
  page.style.setProperty("--bottom", `${$("composer").offsetHeight}px`);
}

let announcing = null;
let unsaid = [];

/** Said by screen readers once per turn, however many messages the turn has. */
function say(sentence, code = language) {
  if (!sentence) return;
  unsaid.push(sentence);
  clearTimeout(announcing);
  $("announce").textContent = "";
  announcing = setTimeout(() => {
    $("announce").lang = code;
    $("announce").textContent = unsaid.join(" ");
    unsaid = [];
  }, 300);
}

/** A small line under the family's own bubble. */
function note(bubble, sentence) {
  if (!bubble) return;
  const old = bubble.querySelector(".note");
  if (old) old.remove();
  if (sentence) bubble.append(h("p", { class: "note" }, sentence));
}

// ---- waiting ---------------------------------------------------------------------------------------------

let slowTimer = null;
let slow = false;

function refresh() {
  const { busy, trouble } = conversation;
  $("typing").hidden = !busy || Boolean(trouble);
  if (!busy) {
    clearTimeout(slowTimer);
    slowTimer = null;
    slow = false;
  } else if (!slowTimer) {
    slowTimer = setTimeout(() => { slow = true; refresh(); }, SLOW);
  }
  const waiting = unsent.size > 0;
  for (const bubble of unsent.values()) if (trouble) note(bubble, words.not_sent);
  status(!busy ? "" : trouble && waiting ? trouble : slow ? (waiting ? "unreachable" : "slow") : "");
}

/** The kind word while an answer takes long: where the message is, and who can be called meanwhile. */
function status(kind) {
  const box = $("status");
  if (box.dataset.kind === kind) return;
  box.dataset.kind = kind;
  box.hidden = !kind;
  box.textContent = "";
  if (!kind) return;
  const lines = $("hotlines").cloneNode(true);
  lines.removeAttribute("id");
  box.append(h("p", {}, words[kind]), h("p", {}, words.cannot_wait), lines);
  say(words[kind]);
  toEnd();
}

// ---- writing ---------------------------------------------------------------------------------------------

function send(message) {
  const bubble = ownBubble(message.text || message.label, null, words);
  log.append(bubble);
  $("suggestions").hidden = true;
  $("outcome").textContent = "";
  unsent.set(conversation.send(message), bubble);
  refresh();
  toEnd();
}

const over = () => Array.from(text.value).length - LONGEST;

function count() {
  const left = -over();
  const sentence = left < 0 ? words.too_long : left === 1 ? words.left_one : words.left_many;
  $("counter").textContent = left > LONGEST - COUNT_FROM ? "" : fill(sentence, { n: Math.abs(left) });
  text.setAttribute("aria-invalid", String(left < 0));
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
  measure();
}

function type(draft) {
  text.value = draft;
  count();
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (over() > 0) say($("counter").textContent);
  if (!text.value.trim() || over() > 0 || conversation.held) return;
  send({ text: text.value.trim() });
  type("");
});

text.addEventListener("input", count);
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").dispatchEvent(new Event("submit", { cancelable: true }));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-say]");
  if (!button || conversation.held) return;
  send({ text: button.dataset.say });
  if (button.closest("#suggestions")) log.focus({ preventScroll: true });
});

// ---- leaving, deleting, keeping --------------------------------------------------------------------------

function leave(event) {
  event.preventDefault();
  page.classList.add("gone"); // at once, however slow the network
  document.title = "…";
  conversation.leave();
  location.replace($("leave").href);
}

$("leave").addEventListener("click", leave);
window.addEventListener("pageshow", (event) => {
  if (event.persisted && page.classList.contains("gone")) location.reload();
});

$("switch").addEventListener("click", (event) => {
  event.preventDefault();
  store.write({ draft: text.value });
  location.replace($("switch").href); // no extra step in the browser's history
});

function confirming(open) {
  $("confirm").hidden = !open;
  $("delete").setAttribute("aria-expanded", String(open));
  $(open ? "confirm-title" : "delete").focus();
  if (open) $("confirm").scrollIntoView({ block: "nearest" });
}

$("delete").addEventListener("click", () => {
  $("outcome").textContent = "";
  confirming($("confirm").hidden);
});
$("delete-no").addEventListener("click", () => confirming(false));
$("delete-yes").addEventListener("click", async () => {
  confirming(false);
  $("outcome").textContent = words.deleting;
  try {
    const receipt = await conversation.forget();
    await rendering;
    empty(receipt);
  } catch (problem) {
    $("outcome").textContent = words.delete_failed;
  }
});

/** Nothing of the conversation is left on the page but the receipt for its deletion. */
function empty(receipt) {
  panel.close();
  while (log.lastElementChild.id !== "greeting") log.lastElementChild.remove();
  earlier = [];
  $("earlier").hidden = true;
  unsent.clear();
  type("");
  clearTimeout(announcing); // what was about to be read aloud belongs to what was deleted
  unsaid = [];
  $("announce").textContent = "";
  $("suggestions").hidden = false;
  $("outcome").textContent = receipt || words.deleted;
}

// ---- by text ---------------------------------------------------------------------------------------------

const panel = new PhonePanel($("phone"), conversation.ask.bind(conversation), {
  shown: () => reveal($("phone")),
  closed: () => log.focus({ preventScroll: true }),
});

async function openPhone(opener, list) {
  $("outcome").textContent = "";
  panel.open(opener, list, await vocabulary(speaking), speaking);
}

if (texting) $("by-text").addEventListener("click", () => openPhone($("by-text"), false));
// A link pasted into the page that is open already changes nothing but the end of the address.
window.addEventListener("hashchange", () => { if (/^#[ti]=/.test(location.hash)) location.reload(); });

const keep = $("keep");
keep.setAttribute("aria-pressed", String(store.kept()));
keep.addEventListener("click", () => {
  store.keep(!store.kept());
  keep.setAttribute("aria-pressed", String(store.kept()));
  $("outcome").textContent = store.kept() ? words.kept : words.not_kept;
});

$("print").addEventListener("click", () => window.print());
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});

// ---- begin -----------------------------------------------------------------------------------------------

window.addEventListener("resize", measure);
window.addEventListener("online", () => conversation.nudge());
document.addEventListener("visibilitychange", () => { if (!document.hidden) conversation.nudge(); });

$("loading").remove();
for (const id of ["suggestions", "composer", "tools"]) $(id).hidden = false;
$("suggestions").hidden = !conversation.caughtUp;
if (invite) $("suggestions").prepend(h("button", { type: "button", "data-say": invite[1] }, fill(words.invited, { code: invite[1] })));
for (const item of conversation.outbox) {
  const bubble = ownBubble(item.text || item.label, null, words);
  log.append(bubble);
  unsent.set(item.id, bubble);
}
type(store.read().draft || (invite && !conversation.caughtUp ? invite[1] : "")); // in a chat under way there are no suggestions
store.write({ draft: "" });
conversation.run();
refresh();
