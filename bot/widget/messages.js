// One message as part of the page: words with numbers one can tap, choices, places.

import { card } from "./cards.js";
import { fill, h, icon } from "./dom.js";

// Web addresses, phone numbers, and the short numbers families may be told.
const TAPPABLE = new RegExp(
  [
    /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)]/,
    /(?:\+?1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?:,? (?:ext\.?|x) ?\d{1,6})?/,
    /741-?741|88788|911|988|211/,
  ].map((pattern) => pattern.source).join("|"),
  "g",
);
const TEXT_LINES = ["741741", "88788"];

/** What a tap on this number does: {href, how: "call" | "text", number, word}. `before` is what stands in front. */
function reach(number, before) {
  const [main, extension] = number.split(/,? (?:ext\.?|x) ?/);
  const digits = main.replace(/\D/g, "");
  if (TEXT_LINES.includes(digits)) {
    const word = /\b([A-ZÁÉÍÓÚÑ]{3,})\b[^.!?]{0,30}$/.exec(before);
    const body = word ? `?&body=${encodeURIComponent(word[1])}` : "";
    return { href: `sms:${digits}${body}`, how: "text", number, word: word && word[1] };
  }
  const international = digits.length < 10 ? digits : digits.length === 10 ? `+1${digits}` : `+${digits}`;
  return { href: `tel:${international}${extension ? `,${extension}` : ""}`, how: "call", number };
}

/** Text cut into strings and links; also what can be reached, in order. */
function linked(text) {
  const parts = [];
  const ways = [];
  let done = 0;
  for (const found of matches(TAPPABLE, text)) {
    const [start, end] = [found.index, found.index + found[0].length];
    // Not a number of its own: part of a longer one, a price, an address such as 988lifeline.org.
    if (/[\w$#-]$/.test(text.slice(0, start)) || /^(?:[\w-]|[.,]\d)/.test(text.slice(end))) continue;
    parts.push(text.slice(done, start));
    done = end;
    if (found[0].startsWith("http")) {
      parts.push(h("a", { href: found[0], target: "_blank", rel: "noopener noreferrer" }, found[0]));
      continue;
    }
    const way = reach(found[0], text.slice(0, start));
    parts.push(h("a", { href: way.href }, found[0]));
    ways.push(way);
  }
  parts.push(text.slice(done));
  return { parts, ways };
}

function matches(pattern, text) {
  const found = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) found.push(match);
  return found;
}

function crisisButtons(text, ways, words) {
  const buttons = ways.slice();
  const lifeline = ways.findIndex((way) => way.href === "tel:988");
  if (lifeline >= 0 && /\btext|\bmensaje/i.test(text)) {
    buttons.splice(lifeline + 1, 0, { href: "sms:988", how: "text", number: "988" });
  }
  return h("p", { class: "urgent" }, ...buttons.map((way) => {
    const sentence = fill(way.how === "call" ? words.call : way.word ? words.text_word : words.text_to, way);
    return h("a", { href: way.href, class: sentence.length > 14 ? "wide" : null }, icon(way.how), h("span", {}, sentence));
  }));
}

function choiceButtons(choices, words, choose) {
  const group = h("div", { class: "chips", role: "group", "aria-label": words.choices_label });
  for (const choice of choices) {
    const button = h("button", { type: "button" }, choice.label);
    button.addEventListener("click", () => {
      if (group.classList.contains("spent")) return;
      group.classList.add("spent");
      button.classList.add("chosen");
      // Not `disabled`: the keyboard's place in the page would be lost.
      for (const each of group.children) each.setAttribute("aria-disabled", "true");
      choose(choice);
    });
    group.append(button);
  }
  return group;
}

/** The words as the family's own bubble. */
export function ownBubble(text, language, words) {
  return h("div", { class: "turn family", lang: language || null },
    h("div", { class: "words" }, h("span", { class: "hidden" }, `${words.you}: `), h("p", {}, text)));
}

/** Any message of the API as an element; `words` are the strings of the message's language. */
export function messageNode(message, words, choose) {
  if (message.from === "family") return ownBubble(message.text, message.language, words);
  const paragraphs = message.text.split(/\n{2,}/).map(linked);
  const ways = [];
  for (const way of paragraphs.flatMap((each) => each.ways)) {
    if (!ways.some((known) => known.href === way.href)) ways.push(way);
  }
  const staff = message.from === "staff";
  const bubble = h("div", { class: "words" },
    staff ? h("p", { class: "sender" }, words.staff) : h("span", { class: "hidden" }, `${words.homeward}: `),
    message.crisis ? h("h3", {}, words.crisis_title) : null,
    ...paragraphs.map((each) => h("p", {}, ...each.parts)),
    message.crisis && ways.length ? crisisButtons(message.text, ways, words) : null);
  const node = h("div", {
    class: `turn homeward${staff ? " staff" : ""}${message.crisis ? " crisis" : ""}`,
    lang: message.language,
  });
  if (message.text) node.append(bubble);
  if (message.matches && message.matches.length) {
    const many = message.matches.length > 1;
    node.append(h("ol", { class: "cards", role: "list" }, ...message.matches.map((match, index) =>
      h("li", {}, card(match, words, message.language, many ? index + 1 : null)))));
  }
  if (message.choices && message.choices.length) node.append(choiceButtons(message.choices, words, choose));
  return node;
}

/** What a screen reader says about new messages: the words, and how many places follow. */
export function spoken(messages, words) {
  return messages.filter((message) => message.from !== "family").map((message) => {
    const places = message.matches ? message.matches.length : 0;
    const count = places ? fill(places === 1 ? words.places_one : words.places_many, { n: places }) : "";
    const choices = (message.choices || []).map((choice) => choice.label).join(", ");
    return [message.text, count, choices].filter(Boolean).join(". ");
  }).join(" ");
}
