// Going on by text: is the phone safe, its number, the code that proves it. The number goes to a path of its own, never
// into the conversation, and is forgotten here when the panel closes.

import { fill, h } from "./dom.js";

export class PhonePanel {
  /**
   * box               the section it shows itself in
   * ask(method, path, body)  the server's answer; throws {code, message} of the Chat API, or anything when it was not reached
   * tell.shown()      the next step is in the box
   * tell.closed()     what opened it is gone too, so the keyboard has to go elsewhere
   */
  constructor(box, ask, tell) {
    this.box = box;
    this.ask = ask;
    this.tell = tell;
    this.visit = 0; // what was asked for a panel that was closed since is not shown
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  /** `list`: text the last listings too. `words` and `language` are what the family speaks now. */
  async open(opener, list, words, language) {
    Object.assign(this, { opener, list, words, safe: false, number: "" });
    this.visit += 1;
    this.box.lang = language;
    this.box.hidden = false;
    this.show([h("p", {}, words.wait)]);
    await this.during("GET", "phone", null, (terms) => {
      this.terms = terms;
      if (terms.ask_first) this.askSafe();
      else this.begin();
    }, (problem) => this.show([h("p", { class: "error" }, this.sentence(problem))]));
  }

  close() {
    if (this.box.hidden) return;
    this.visit += 1;
    this.number = "";
    this.box.hidden = true;
    this.box.textContent = "";
    if (this.opener.isConnected && this.opener.getClientRects().length) this.opener.focus();
    else this.tell.closed();
  }

  // ---- the steps ---------------------------------------------------------------------------------

  begin() {
    if (this.terms.joined && this.list) this.textList();
    else if (this.terms.joined) this.showJoined();
    else this.askNumber();
  }

  askSafe() {
    const { words } = this;
    this.show([h("p", {}, words.safe_text)], [
      this.button(words.safe_yes, () => { this.safe = true; this.begin(); }),
      this.button(words.safe_no, () => this.offerPaper()),
    ], null);
  }

  offerPaper() {
    this.show([h("p", {}, this.words.unsafe)], [this.button(this.words.print, () => window.print())]);
  }

  showJoined() {
    this.show([h("p", {}, fill(this.words.phone_joined, { ending: this.terms.joined }))],
      [this.button(this.words.phone_other, () => this.askNumber())]);
  }

  askNumber() {
    const { words } = this;
    const field = this.field(words.phone_label, words.phone_hint,
      { type: "tel", name: "phone", autocomplete: "tel", maxlength: 40, value: this.number });
    this.form(field, [h("p", { class: "terms" }, this.terms.wording)], words.phone_send, [], () => {
      this.number = field.input.value.trim();
      return this.during("POST", "phone", { phone: this.number, safe: this.safe }, () => this.askCode(), (problem) => {
        if (problem.code === "ask_first") this.askSafe();
        else field.wrong(this.sentence(problem));
      });
    });
  }

  askCode() {
    const { words } = this;
    const field = this.field(words.code_label, fill(words.code_sent, { phone: this.number }),
      { type: "text", name: "code", autocomplete: "one-time-code", inputmode: "numeric", maxlength: 12 });
    const missing = this.terms.no_code ? [h("p", { class: "terms" }, this.terms.no_code)] : [];
    this.form(field, missing, words.code_send, [this.button(words.code_again, () => this.askNumber())], () =>
      this.during("POST", "phone/confirm", { code: field.input.value, list: this.list }, () => this.close(),
        (problem) => field.wrong(this.sentence(problem))));
    field.input.focus({ preventScroll: true });
  }

  textList() {
    return this.during("POST", "phone/list", { safe: this.safe }, () => this.close(), (problem) => {
      if (problem.code === "ask_first") this.askSafe();
      else this.show([h("p", { class: "error" }, this.sentence(problem))]);
    });
  }

  // ---- the parts ---------------------------------------------------------------------------------

  /** Ask the server; then `well` or `badly`, if the family still waits for it. */
  async during(method, path, body, well, badly) {
    const visit = this.asking = this.visit;
    let next;
    try {
      const answer = await this.ask(method, path, body);
      next = () => well(answer);
    } catch (problem) {
      next = () => badly(problem);
    }
    if (this.asking === visit) this.asking = null;
    if (visit === this.visit) next();
  }

  sentence(problem) {
    return problem.code && problem.status !== 401 ? problem.message : this.words.phone_failed;
  }

  show(children, buttons, close = this.words.close) {
    const { words } = this;
    const title = h("h2", { id: "phone-title", tabindex: "-1" }, this.list ? words.text_list : words.by_text);
    const row = [...(buttons || []), close && this.button(close, () => this.close())].filter(Boolean);
    this.box.textContent = "";
    this.box.append(title, ...children, h("div", { class: "row" }, ...row));
    title.focus({ preventScroll: true });
    this.tell.shown();
  }

  form(field, terms, label, buttons, submit) {
    const send = h("button", { type: "submit", class: "main" }, label);
    const form = h("form", { novalidate: true }, ...field.nodes, ...terms, send);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (this.asking === this.visit) return; // a second tap
      send.textContent = this.words.wait;
      await submit();
      send.textContent = label;
    });
    this.show([form], buttons);
  }

  /** A labelled input with a line of help, and room for what is wrong with it. */
  field(label, hint, attributes) {
    const error = h("p", { class: "error", id: "phone-error" });
    const input = h("input", { id: "phone-input", "aria-describedby": "phone-error phone-hint", required: true, ...attributes });
    const wrong = (sentence) => {
      error.textContent = sentence;
      input.setAttribute("aria-invalid", "true");
      input.focus();
    };
    const nodes = [h("label", { for: "phone-input" }, label), h("p", { class: "hint", id: "phone-hint" }, hint), input, error];
    return { nodes, input, wrong };
  }

  button(label, action) {
    return h("button", { type: "button", onclick: action }, label);
  }
}
