"use strict";
// Draws one trace. Everything shown is text from the data; nothing is parsed as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";

  // Shorthand for elements: make("p", {class: "x"}, "text", child...)
  function make(tag, attributes, ...children) {
    const element = ["svg", "line", "path", "text", "title", "marker", "defs", "g"].includes(tag)
      ? document.createElementNS(SVG, tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== ""));
    return element;
  }

  // What each lane shows after each step: states[step][lane] = [[label, text], ...]
  const states = [data.start];
  for (const step of data.steps) {
    const next = states[states.length - 1].slice();
    for (const [lane, lines] of Object.entries(step.now)) next[Number(lane)] = lines;
    states.push(next);
  }
  const last = data.steps.length;
  const standing = (lines) => {
    const role = lines.find(([label]) => label === "role" || label === "status");
    if (!role) return "";
    if (/^leader|^leads/.test(role[1])) return "leads";
    return /^down|^gone|NotReady|^crashed/.test(role[1]) ? "down" : "";
  };
  // Lanes that only list what is in flight are drawn as arrows; the panel still shows them.
  // In a wide world, so are lanes to which nothing ever happens.
  const idle = new Set(data.lanes.length > 6 ? data.lanes : []);
  for (const step of data.steps) for (const [lane] of step.changes) idle.delete(lane);
  for (const { source, target } of data.flights) { idle.delete(source); idle.delete(target); }
  const drawn = data.lanes.map((name, lane) => ({ name, lane }))
    .filter(({ name }) => !idle.has(name) && !(name === "network" && data.flights.length));
  const column = new Map(drawn.map(({ name }, at) => [name, at]));

  // A lane with much to say is wider; together they fill the window, or it scrolls.
  const widths = [], middles = [];
  function layOut() {
    const wide = document.documentElement.clientWidth > 1000;
    const say = !wide ? 240 : drawn.length > 3 ? 310 : 372;
    const weights = drawn.map(({ name }) => {
      const said = data.steps.flatMap((step) => step.changes).filter(([lane]) => lane === name)
        .map(([, label, , now]) => Math.min(36, label.length + now.length));
      return Math.max(0.75, Math.min(1.8, said.reduce((sum, size) => sum + size, 0) / (said.length || 1) / 18));
    });
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    const room = (document.documentElement.clientWidth - (wide ? 400 : 0) - 17 - say) / whole;
    const unit = Math.max(146, Math.min(260, room));
    let left = 0;
    for (const weight of weights) {
      const width = Math.floor(unit * weight);
      widths.push(width);
      middles.push(left + width / 2);
      left += width;
    }
    const look = document.documentElement.style;
    look.setProperty("--say", `${say}px`);
    look.setProperty("--columns", `${say}px ${widths.map((width) => `${width}px`).join(" ")}`);
  }

  function header() {
    layOut();
    byId("eyebrow").textContent = `counterexample in the ${data.layer} world, ${last} step${last === 1 ? "" : "s"}`;
    byId("invariant").textContent = data.invariant;
    byId("verdict").textContent = `✗ ${data.verdict}`;
    byId("says").append(data.says ? `Must hold: ${data.says} ` : "", data.source ? make("cite", {}, `(${data.source})`) : "");
    if (data.defect) {
      const { id, title, source } = data.defect;
      byId("defect").append(make("b", {}, `Put back: ${id}.`), ` ${title} (${source})`);
    }
    byId("evidence").replaceWith(evidence("evidence"));
    if (data.warning) { byId("warning").textContent = data.warning; byId("warning").hidden = false; }
    const settings = Object.entries(data.config).map(([name, value]) => [name, JSON.stringify(value)]);
    for (const [name, value] of [...data.facts, ...settings]) {
      byId("facts").append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
    }
  }

  function evidence(id) {
    const items = data.evidence.map((sentence) => make("li", {}, sentence));
    return make("div", { class: "evidence", id, role: "note" },
      make("h2", {}, `✗ ${data.invariant} ${data.verdict}`), make("ul", {}, ...items));
  }

  const rows = [];
  function chart() {
    const grid = make("div", { class: "grid" });
    grid.append(make("div", { class: "lanes-head" }, make("div", {}, "step"),
      ...drawn.map(({ name }) => make("div", {}, name))));
    for (let step = 0; step <= last; step += 1) {
      const row = rowOf(step);
      rows.push(row);
      grid.append(row);
    }
    byId("chart").append(grid);
    grid.append(arrows());
  }

  function rowOf(step) {
    const told = step ? data.steps[step - 1] : { say: "the start", changes: [], moved: null, broken: false };
    const small = told.moved ? told.moved[2] : "";
    const row = make("div", { class: told.broken ? "row broken" : "row", "data-step": step },
      make("div", { class: "say" }, make("span", { class: "n" }, String(step)),
        make("div", { class: "text" }, make("span", { title: told.say }, told.say),
          told.broken ? make("span", { class: "mark" }, `✗ ${data.invariant}`) : small && make("small", { title: small }, small))));
    for (const { name } of drawn) {
      const cell = make("div", { class: "cell" });
      const changed = told.changes.filter(([lane]) => lane === name)
        .sort(([, one], [, two]) => (one === "clock") - (two === "clock"));
      if (changed.length) {
        cell.append(make("div", { class: "pill", title: changed.map(([, l, a, b]) => `${l}: ${a} → ${b}`).join("\n") },
          ...changed.slice(0, changed.length > 3 ? 2 : 3).map(([, label, , now]) =>
            make("div", {}, make(now === "-" ? "s" : "b", {}, label.replace(" default/", " ")), now === "-" ? "" : ` ${now}`)),
          changed.length > 3 ? make("div", {}, make("i", {}, `and ${changed.length - 2} more`)) : null));
      }
      row.append(cell);
    }
    row.addEventListener("click", () => go(step));
    return row;
  }

  function arrows() {
    const style = getComputedStyle(document.documentElement);
    const height = parseFloat(style.getPropertyValue("--row"));
    const x = (at) => middles[at];
    const y = (step) => height * (step + 0.5);
    const canvas = make("svg", { width: widths.reduce((sum, width) => sum + width, 0), height: height * (last + 1), "aria-hidden": "true" });
    canvas.append(make("defs", {}, ...["tip", "tip-now"].map((id) =>
      make("marker", { id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9,
        markerUnits: "userSpaceOnUse", orient: "auto" },
      make("path", { d: "M0 0.5 L10 5 L0 9.5 Z", fill: "context-stroke" })))));
    for (const { lane, name } of drawn) {
      const at = x(column.get(name));
      for (let step = 0; step <= last; step += 1) {
        const lines = states[step][lane] || [];
        const kind = standing(lines);
        canvas.append(make("line", { class: `life ${kind}`, x1: at, x2: at, y1: y(step), y2: step === last ? y(step) + 22 : y(step + 1) }));
      }
    }
    // How far a lane's box at a step reaches from its line.
    const reach = (name, step) => {
      const box = rows[step].children[1 + column.get(name)].firstElementChild;
      return box ? box.offsetWidth / 2 + 2 : 3;
    };
    for (const flight of data.flights) {
      const from = column.get(flight.source), to = column.get(flight.target);
      if (from === undefined || to === undefined) continue;
      canvas.append(arrow(flight, from, to, x, y, reach));
    }
    return canvas;
  }

  function arrow(flight, from, to, x, y, reach) {
    const flying = flight.ended === null, lost = flight.fate === "lost";
    const way = Math.sign(to - from) || 1;
    const x1 = x(from) + way * reach(flight.source, flight.sent), y1 = y(flight.sent);
    let x2 = x(to), y2 = y(flight.sent) + 26;
    if (flying) x2 = x1 + (x2 - x1) * 0.35;
    else {
      y2 = y(flight.ended);
      x2 = lost ? x1 + (x2 - x1) * 0.6 : x2 - way * reach(flight.target, flight.ended);
    }
    const kind = flying ? "flying" : lost ? "lost" : "";
    const shape = make("g", {}, make("line", {
      class: `flight ${kind}`, x1, y1, x2, y2, "data-sent": flight.sent, "data-ended": flying ? -1 : flight.ended,
      "marker-end": lost || flying ? null : "url(#tip)" }, make("title", {}, `${flight.text}: ${flight.fate}`)));
    if (lost) {
      for (const turn of [1, -1]) {
        shape.append(make("line", { class: "cross", x1: x2 - 5, y1: y2 - 5 * turn, x2: x2 + 5, y2: y2 + 5 * turn }));
      }
    }
    const short = flight.text.replace(/^\S+->\S+ /, "").split(" ")[0];
    if (!flying && Math.abs(x2 - x1) > 40) {
      shape.append(make("text", { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - 4, "data-sent": flight.sent }, short));
    }
    return shape;
  }

  let current = -1;
  function go(wanted, quiet) {
    const step = Math.max(0, Math.min(last, wanted));
    if (step === current) return;
    if (current >= 0) rows[current].removeAttribute("aria-current");
    current = step;
    const row = rows[step];
    row.setAttribute("aria-current", "step");
    const box = byId("chart"), top = row.offsetTop;
    if (top < box.scrollTop + 60 || top + 140 > box.scrollTop + box.clientHeight) {
      box.scrollTop = Math.max(0, top - box.clientHeight / 2);
    }
    const pill = row.querySelector(".pill");
    if (pill) follow(box, pill.parentElement);
    for (const line of document.querySelectorAll(".flight")) {
      line.classList.toggle("now", step > 0 && (Number(line.dataset.sent) === step || Number(line.dataset.ended) === step));
    }
    panel(step);
    if (!quiet) history.replaceState(null, "", `#step=${step}`);
  }

  // Scrolls sideways when the first lane that changed is out of sight.
  function follow(box, cell) {
    const hidden = rows[0].firstElementChild.offsetWidth;
    const left = cell.offsetLeft - hidden, right = cell.offsetLeft + cell.offsetWidth;
    if (left < box.scrollLeft) box.scrollLeft = left;
    else if (right > box.scrollLeft + box.clientWidth) box.scrollLeft = right - box.clientWidth;
  }

  function panel(step) {
    const told = step ? data.steps[step - 1] : null;
    byId("position").textContent = step ? `step ${step} of ${last}` : "the start";
    for (const id of ["first", "previous"]) byId(id).disabled = step === 0;
    for (const id of ["next", "last"]) byId(id).disabled = step === last;
    const said = [make("p", { class: "main" }, told ? told.say : "The start: nothing has happened yet.")];
    if (told) {
      if (told.moved) said.push(make("p", { class: "message" }, `${told.moved[0]} → ${told.moved[1]}: ${told.moved[2]}`));
      said.push(...told.seen.map((sentence) => make("p", { class: "seen" }, `▸ ${sentence}`)));
      if (told.broken || step === last) said.push(evidence(null));
    }
    byId("said").replaceChildren(...said);
    byId("state").replaceChildren(...data.lanes.map((name, lane) => card(name, lane, step, told)));
  }

  function card(name, lane, step, told) {
    const lines = states[step][lane] || [];
    const changed = new Map((told ? told.changes : []).filter(([of]) => of === name).map(([, label, was]) => [label, was]));
    const gone = [...changed.keys()].filter((label) => !lines.some(([known]) => known === label));
    const table = make("table");
    for (const [label, text] of [...lines, ...gone.map((label) => [label, "none any more"])]) {
      const was = changed.get(label);
      const row = make("tr", { class: gone.includes(label) ? "changed gone" : changed.has(label) ? "changed" : null }, make("th", { title: label }, label),
        make("td", {}, was === undefined || was === "-" ? null : make("del", {}, was), ...boxed(text, was)));
      table.append(row);
    }
    const classes = ["lane-card", changed.size ? "changed" : "", standing(lines)].join(" ");
    return make("section", { class: classes }, make("h3", {}, name, changed.size ? make("span", {}, `✱ ${changed.size} changed`) : null),
      lines.length || gone.length ? table : make("p", { class: "empty" }, "nothing"));
  }

  // "[1:a 2:b] rest": what stands in brackets is drawn as a row of boxes, new ones marked.
  function boxed(text, was) {
    const match = /^\[([^\]]*)\](.*)$/.exec(text);
    if (!match) return [text];
    const split = (inside) => inside.split(" ").filter(Boolean);
    const before = was === undefined ? null : split((/^\[([^\]]*)\]/.exec(was) || ["", ""])[1]);
    const boxes = split(match[1]).map((entry, at) =>
      make("span", { class: before && before[at] !== entry ? "box fresh" : "box" }, entry));
    return boxes.length ? [...boxes, match[2]] : ["empty", match[2]];
  }

  function fromAddress() {
    const match = /step=(\d+)/.exec(location.hash);
    return match ? Number(match[1]) : null;
  }

  const KEYS = { ArrowDown: 1, ArrowRight: 1, j: 1, ArrowUp: -1, ArrowLeft: -1, k: -1, PageDown: 10, PageUp: -10,
    Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
    event.preventDefault();
    go(current + KEYS[event.key]);
  });
  addEventListener("hashchange", () => { const step = fromAddress(); if (step !== null) go(step, true); });
  byId("first").onclick = () => go(0);
  byId("previous").onclick = () => go(current - 1);
  byId("next").onclick = () => go(current + 1);
  byId("last").onclick = () => go(last);
  header();
  chart();
  go(fromAddress() ?? last, true);
})();
