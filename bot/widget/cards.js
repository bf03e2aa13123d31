// One place as a card: what a tired parent needs first (is it open, how far, call), the rest one tap below.

import { fill, h, icon, locale } from "./dom.js";

const DAY = 86400000;
const OLD = 180 * DAY;

const clean = (digits) => digits.replace(/[^\d+]/g, "");

function telephone(phone) {
  const digits = clean(phone.number);
  const whole = digits.length === 10 ? `+1${digits}` : digits.length === 11 && digits[0] === "1" ? `+${digits}` : digits;
  // A comma waits, then dials the extension; phones do not agree on ";ext=".
  return whole + (phone.extension ? `,${clean(phone.extension)}` : "");
}

/** 9165550100 → (916) 555-0100; what is written another way stays as it is. */
function readable(number) {
  const ten = /^(?:\+?1[-. ]?)?\(?(\d{3})\)?[-. ]?(\d{3})[-. ]?(\d{4})$/.exec(number.trim());
  return ten ? `(${ten[1]}) ${ten[2]}-${ten[3]}` : number;
}

function languageName(code, language) {
  try {
    const name = new Intl.DisplayNames([locale(language)], { type: "language" }).of(code);
    return name.charAt(0).toLocaleUpperCase() + name.slice(1);
  } catch (problem) {
    return code; // an older phone, or not a code: better than nothing
  }
}

const languageNames = (codes, language) => codes.map((code) => languageName(code, language)).join(", ");

function phoneLink(phone, words, language) {
  const number = readable(phone.number)
    + (phone.extension ? ` ${fill(words.extension, { n: phone.extension })}` : "");
  const type = (phone.type || "").toLowerCase();
  const texts = ["text", "sms"].includes(type);
  const sentence = texts ? words.text_phone : ["textphone", "tty"].includes(type) ? words.tty_phone : words.call;
  const spoken = (phone.languages || []).join() === "en" ? [] : phone.languages || [];
  return h("a", { class: "act", href: (texts ? "sms:" : "tel:") + telephone(phone) },
    icon(texts ? "text" : "call"),
    h("span", {}, fill(sentence, { number }),
      spoken.length ? h("small", {}, ` ${languageNames(spoken, language)}`) : null));
}

function outside(href, drawing, label, words) {
  return h("a", { class: "act", href, target: "_blank", rel: "noopener noreferrer" },
    icon(drawing), h("span", {}, label, h("span", { class: "hidden" }, ` ${words.new_tab}`)));
}

function actions(match, words, language) {
  const row = h("p", { class: "acts" });
  const here = (phone) => (phone.languages || []).includes(language);
  const phones = (match.phones || []).filter((phone) => !["fax", "pager"].includes((phone.type || "").toLowerCase()));
  phones.sort((a, b) => here(b) - here(a));
  for (const phone of phones) row.append(phoneLink(phone, words, language));
  if (match.address) {
    const to = encodeURIComponent(match.address);
    row.append(outside(`https://www.google.com/maps/dir/?api=1&destination=${to}`, "way", words.directions, words));
  }
  if (match.website) {
    const site = /^[a-z][a-z+.-]*:/i.test(match.website) ? match.website : `https://${match.website}`;
    if (/^https?:/i.test(site)) row.append(outside(site, "web", words.website, words));
  }
  return row.children.length ? row : null;
}

function distance(miles, words, language) {
  if (miles === null || miles === undefined) return null;
  if (miles < 0.5) return words.distance_near;
  const n = new Intl.NumberFormat(locale(language), { maximumFractionDigits: miles < 10 ? 1 : 0 }).format(miles);
  return n === "1" ? words.distance_one : fill(words.distance_many, { n });
}

/** "tomorrow, 9:00 AM" on the clock of the place, wherever the phone is; null when the time cannot be read. */
function opening(iso, words, language) {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)[^Z+-]*(?:Z|([+-])(\d\d):?(\d\d))$/.exec(iso || "");
  if (!parts) return null;
  const [, clock, sign, hours, minutes] = parts;
  const offset = sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
  const there = Date.parse(`${clock}:00Z`);
  const days = Math.floor(there / DAY) - Math.floor((Date.now() + offset * 60000) / DAY);
  const format = (options) => new Intl.DateTimeFormat(locale(language), { timeZone: "UTC", ...options }).format(there);
  const date = days < 7 ? { weekday: "long" } : { weekday: "long", month: "short", day: "numeric" };
  const day = days === 0 ? words.today : days === 1 ? words.tomorrow : format(date);
  return `${day}, ${format({ hour: "numeric", minute: "2-digit" })}`;
}

function state(match, words, language) {
  const next = match.open_state === "open" ? null : opening(match.next_open, words, language);
  const known = ["open", "closed"].includes(match.open_state) ? match.open_state : "unknown";
  return h("p", { class: "state" },
    h("span", { class: `badge ${known}` }, words[known]),
    next ? h("span", {}, fill(words.opens, { when: next })) : null);
}

function checked(verified, words, language) {
  const when = verified ? Date.parse(verified.on) : NaN;
  if (Number.isNaN(when)) return h("p", { class: "checked not" }, words.not_verified);
  const date = new Intl.DateTimeFormat(locale(language),
    { timeZone: "UTC", year: "numeric", month: "short", day: "numeric" }).format(when);
  const old = Date.now() - when > OLD;
  const sentence = verified.by === "import" ? words.verified_import : old ? words.verified_old : words.verified;
  const by = words[`by_${verified.by}`] || "";
  return h("p", { class: old ? "checked not" : "checked" }, fill(sentence, { date, by }).replace(/ +(?=[.,]|$)/g, ""));
}

function facts(rows) {
  const list = h("dl", {});
  for (const [name, value] of rows) {
    if (!value || !value.length) continue;
    const content = Array.isArray(value)
      ? value.length === 1 ? value[0] : h("ul", {}, ...value.map((each) => h("li", {}, each)))
      : value;
    list.append(h("div", {}, h("dt", {}, name), h("dd", {}, content)));
  }
  return list.children.length ? list : null;
}

const reasons = (list, words) => list.length
  ? h("ul", { class: "why", "aria-label": words.why }, ...list.map((each) => h("li", {}, icon("yes"), h("span", {}, each))))
  : null;

function fit(eligibility, words) {
  if (!eligibility) return [];
  const advice = eligibility.fits === "ask" ? [words.fits_ask] : eligibility.fits === "no" ? [words.fits_no] : [];
  return [...(eligibility.reasons || []), ...advice];
}

/** One Match of the API; `number` is its place in the list, so that "number 2" means what the family sees. */
export function card(match, words, language, number) {
  const more = [
    facts([
      [words.who, fit(match.eligibility, words)],
      [words.cost, match.cost],
      [words.languages, match.languages && match.languages.length ? languageNames(match.languages, language) : null],
      [words.accessibility, match.accessibility],
    ]),
    reasons((match.why || []).slice(2), words),
  ].filter(Boolean);
  return h("article", { class: "card" },
    match.sample ? h("p", { class: "sample" }, words.sample) : null,
    h("h3", {}, number ? h("span", { class: "number" }, String(number), h("span", { class: "hidden" }, ".")) : null,
      h("span", {}, match.service)),
    h("p", { class: "by" },
      [match.organization === match.service ? null : match.organization, distance(match.distance_miles, words, language)]
        .filter(Boolean).join(" · ")),
    state(match, words, language),
    reasons((match.why || []).slice(0, 2), words),
    actions(match, words, language),
    facts([
      [words.hours, match.hours],
      [words.address, match.address || words.no_address],
      [words.access, match.how_to_access],
      [words.documents, match.documents],
    ]),
    more.length ? h("details", {}, h("summary", {}, words.more), ...more) : null,
    checked(match.verified, words, language));
}
