// One step's log: a window of its lines that moves over a log of any length. Lines outside the window are asked for when they are wanted.

import { appendAnsi } from "./ansi.js";

const windowLines = 3000;
const pageLines = 500;
const mark = /^##\[(\w+)\]/;
const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z( |$)/;

export class LogView {
  #step;
  #stream;
  #api;
  #lines;
  #earlier;
  #later;
  #group = null;
  #first = 1;
  #next = 1;
  #total;
  #loading = null;

  /** @param step The details element that the log belongs to. */
  constructor(step, api) {
    this.#step = step;
    this.#stream = Number(step.dataset.stream);
    this.#total = Number(step.dataset.lines);
    this.#api = api;
    step.addEventListener("toggle", () => { if (step.open) this.open(); });
    if (step.open && !location.hash.startsWith(`#step-${this.#stream}-line-`)) this.open();
  }

  get step() { return this.#step; }

  /** Shows the newest lines, once. */
  open() {
    if (this.#lines !== undefined || this.#total === 0) return Promise.resolve();
    this.#build();
    return this.#load(Math.max(1, this.#total - pageLines + 1), pageLines, true);
  }

  /** Shows a line and those around it, and marks it. */
  async show(line) {
    this.#step.open = true;
    if (this.#lines === undefined) this.#build();
    if (line < this.#first || line >= this.#next) {
      this.#clear(Math.max(1, line - pageLines / 2));
      await this.#load(this.#first, pageLines, false);
    }
    const element = document.getElementById(`step-${this.#stream}-line-${line}`);
    if (element === null) return;
    const group = element.closest("details.group");
    if (group !== null) group.open = true;
    for (const marked of document.querySelectorAll(".line.marked")) marked.classList.remove("marked");
    element.classList.add("marked");
    element.scrollIntoView({ block: "center" });
  }

  /** Takes lines that were just written. */
  grow(fromLine, lines, follow) {
    const wasAtEnd = this.#next > this.#total;
    this.#total = Math.max(this.#total, fromLine - 1 + lines.length);
    if (this.#lines === undefined) {
      if (this.#step.open) this.open();
      return;
    }
    if (this.#loading === null && wasAtEnd && fromLine === this.#next) this.#append(lines, follow);
    else if (this.#loading === null && wasAtEnd && follow) this.#load(this.#next, pageLines, true);
    this.#updateButtons();
  }

  #build() {
    const log = this.#step.querySelector(".log");
    this.#earlier = button("Earlier lines", () => this.#loadEarlier());
    this.#later = button("Later lines", () => this.#load(this.#next, pageLines, false));
    this.#lines = document.createElement("div");
    this.#lines.className = "lines";
    this.#lines.tabIndex = 0;
    this.#lines.setAttribute("role", "region");
    this.#lines.setAttribute("aria-label", `Log of ${this.#step.querySelector(".name").textContent}`);
    log.replaceChildren(this.#earlier, this.#lines, this.#later);
    this.#updateButtons();
  }

  #clear(first) {
    this.#lines.replaceChildren();
    this.#group = null;
    this.#first = this.#next = first;
  }

  async #fetch(fromLine, count) {
    const answer = await fetch(`${this.#api}/logs?stream=${this.#stream}&from_line=${fromLine}&lines=${count}`, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(`The log could not be read: ${answer.status}`);
    return answer.json();
  }

  /** Adds lines at the end of the window, one load at a time. */
  async #load(fromLine, count, follow) {
    if (this.#loading !== null) return this.#loading;
    if (this.#lines.childElementCount === 0) this.#first = this.#next = fromLine;
    this.#loading = this.#fetch(fromLine, count);
    try {
      const read = await this.#loading;
      this.#total = Math.max(this.#total, read.total_lines, fromLine - 1 + read.lines.length);
      this.#append(read.lines, follow);
    } finally {
      this.#loading = null;
      this.#updateButtons();
    }
    // What was written while the answer was on its way.
    if (follow && this.#next <= this.#total) return this.#load(this.#next, pageLines, true);
  }

  async #loadEarlier() {
    if (this.#loading !== null || this.#first === 1) return;
    const from = Math.max(1, this.#first - pageLines);
    this.#loading = this.#fetch(from, this.#first - from);
    try {
      const read = await this.#loading;
      const holder = document.createElement("div");
      let group = null;
      read.lines.forEach((line, index) => { group = this.#draw(holder, group, line, from + index); });
      const anchor = this.#lines.firstElementChild;
      const before = anchor?.offsetTop ?? 0;
      this.#lines.prepend(...holder.childNodes);
      this.#lines.scrollTop += (anchor?.offsetTop ?? 0) - before;
      this.#first = from;
      this.#trimEnd();
    } finally {
      this.#loading = null;
      this.#updateButtons();
    }
  }

  #append(lines, follow) {
    const atBottom = this.#lines.scrollTop + this.#lines.clientHeight >= this.#lines.scrollHeight - 40;
    const fragment = document.createDocumentFragment();
    for (const line of lines) {
      this.#group = this.#draw(fragment, this.#group, line, this.#next);
      this.#next++;
    }
    this.#lines.append(fragment);
    this.#trimStart();
    if (follow && (atBottom || this.#lines.scrollTop === 0)) this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #trimStart() {
    while (this.#next - this.#first > windowLines && this.#lines.firstElementChild !== null) {
      const oldest = this.#lines.firstElementChild;
      if (oldest === this.#group) {
        const inner = oldest.querySelector(":scope > .line");
        if (inner === null) return;
        inner.remove();
        this.#first = Number(inner.dataset.line) + 1;
      } else {
        oldest.remove();
        this.#first = lastLine(oldest) + 1;
      }
    }
  }

  #trimEnd() {
    while (this.#next - this.#first > windowLines && this.#lines.lastElementChild !== null) {
      const newest = this.#lines.lastElementChild;
      newest.remove();
      this.#group = null;
      this.#next = firstLine(newest);
    }
  }

  #updateButtons() {
    if (this.#lines === undefined) return;
    this.#earlier.hidden = this.#first <= 1;
    this.#earlier.textContent = `Earlier lines (${this.#first - 1})`;
    this.#later.hidden = this.#next > this.#total;
    this.#later.textContent = `Later lines (${this.#total - this.#next + 1})`;
  }

  /** Draws a line into its group or the parent; answers the group that the next line belongs to. */
  #draw(parent, group, raw, number) {
    const at = time.exec(raw);
    let text = at === null ? raw : raw.slice(at[0].length);
    const kind = mark.exec(text)?.[1];
    if (kind !== undefined) text = text.slice(kind.length + 4);
    const line = document.createElement("div");
    line.className = kind === undefined ? "line" : `line ${kind}`;
    line.id = `step-${this.#stream}-line-${number}`;
    line.dataset.line = number;
    const link = document.createElement("a");
    link.href = `#${line.id}`;
    link.textContent = number;
    line.append(link);
    if (at !== null) {
      const stamp = document.createElement("time");
      stamp.textContent = `${at[1].slice(11)}${(at[2] ?? "").slice(0, 4)}`;
      stamp.title = `${at[1]}${at[2] ?? ""}Z`;
      line.append(stamp);
    }
    const body = document.createElement("span");
    if (kind === "error" || kind === "warning" || kind === "notice") {
      const word = document.createElement("strong");
      word.textContent = `${kind[0].toUpperCase()}${kind.slice(1)}: `;
      body.append(word);
    }
    appendAnsi(body, text);
    line.append(body);

    if (kind === "group") {
      const opened = document.createElement("details");
      opened.className = "group";
      const summary = document.createElement("summary");
      summary.append(line);
      opened.append(summary);
      parent.append(opened);
      return opened;
    }
    (group ?? parent).append(line);
    return kind === "endgroup" ? null : group;
  }
}

function button(text, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button more";
  element.textContent = text;
  element.addEventListener("click", act);
  return element;
}

function firstLine(element) {
  return Number((element.matches(".line") ? element : element.querySelector(".line")).dataset.line);
}

function lastLine(element) {
  const lines = element.matches(".line") ? [element] : element.querySelectorAll(".line");
  return Number(lines[lines.length - 1].dataset.line);
}
