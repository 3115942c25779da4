// Turns the colours that programs print into elements. A line begins without colour, so that any line can be drawn by itself.

const escapes = /\u001b(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[^[\]])|[\u0000-\u0008\u000b-\u001f]/g;
const steps = [0, 95, 135, 175, 215, 255];

// Source: https://learn.microsoft.com/windows/console/console-virtual-terminal-sequences
export function appendAnsi(parent, text) {
  let style = plain();
  let end = 0;
  for (const match of text.matchAll(escapes)) {
    appendText(parent, text.slice(end, match.index), style);
    end = match.index + match[0].length;
    if (match[2] === "m") style = applyCodes(style, match[1]);
  }
  appendText(parent, text.slice(end), style);
}

function plain() {
  return { classes: new Set(), color: null, background: null };
}

function appendText(parent, text, style) {
  if (text === "") return;
  if (style.classes.size === 0 && style.color === null && style.background === null) {
    parent.append(text);
    return;
  }
  const span = document.createElement("span");
  span.className = [...style.classes].join(" ");
  if (style.color !== null) span.style.color = style.color;
  if (style.background !== null) span.style.backgroundColor = style.background;
  span.textContent = text;
  parent.append(span);
}

function applyCodes(old, parameters) {
  const codes = parameters === "" ? [0] : parameters.split(/[;:]/).map(Number);
  let style = { classes: new Set(old.classes), color: old.color, background: old.background };
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (code === 0) style = plain();
    else if (code === 1 || code === 2 || code === 3 || code === 4 || code === 9) style.classes.add(`ansi-${code}`);
    else if (code === 22) { style.classes.delete("ansi-1"); style.classes.delete("ansi-2"); }
    else if (code === 23 || code === 24 || code === 29) style.classes.delete(`ansi-${code - 20}`);
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) setColor(style, "fg", code);
    else if (code === 39) clearColor(style, "fg");
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) setColor(style, "bg", code - 10);
    else if (code === 49) clearColor(style, "bg");
    else if (code === 38 || code === 48) {
      const [color, used] = extendedColor(codes, i + 1);
      clearColor(style, code === 38 ? "fg" : "bg");
      if (code === 38) style.color = color; else style.background = color;
      i += used;
    }
  }
  return style;
}

function setColor(style, layer, code) {
  clearColor(style, layer);
  style.classes.add(`ansi-${layer}-${code}`);
}

function clearColor(style, layer) {
  for (const name of style.classes) {
    if (name.startsWith(`ansi-${layer}-`)) style.classes.delete(name);
  }
  if (layer === "fg") style.color = null; else style.background = null;
}

// 5;n is one of 256 colours, 2;r;g;b any.
function extendedColor(codes, at) {
  if (codes[at] === 2) return [`rgb(${byte(codes[at + 1])} ${byte(codes[at + 2])} ${byte(codes[at + 3])})`, 4];
  if (codes[at] !== 5) return [null, 0];
  const n = byte(codes[at + 1]);
  if (n < 16) return [`var(--ansi-${n < 8 ? 30 + n : 82 + n})`, 2];
  if (n >= 232) { const grey = 8 + (n - 232) * 10; return [`rgb(${grey} ${grey} ${grey})`, 2]; }
  const cube = n - 16;
  return [`rgb(${steps[Math.floor(cube / 36)]} ${steps[Math.floor(cube / 6) % 6]} ${steps[cube % 6]})`, 2];
}

function byte(value) {
  return Math.min(255, Math.max(0, Number.isFinite(value) ? value : 0));
}
