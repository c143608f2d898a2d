// Lights up a layer in every style, in the table and in the drawing, wherever it is pointed at.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const status = document.getElementById("status");
  const words = status.querySelector("[role=status]");
  const places = [...document.querySelectorAll(".scroller")];
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = matchMedia("(max-width: 1099px)");

  // What stands for which layers, by layer.
  const byLayer = new Map();
  for (const element of document.querySelectorAll("[data-layers]")) {
    for (const key of layersOf(element)) {
      if (!byLayer.has(key)) byLayer.set(key, []);
      byLayer.get(key).push(element);
    }
  }
  const closest = new Map();

  let lit = [];
  let shown = [];
  let pinned = false;

  function layersOf(element) {
    return element.dataset.layers.split(" ");
  }

  // The element with layers that something is in.
  function layered(target) {
    return target instanceof Element ? target.closest("[data-layers]") : null;
  }

  // What says most about a layer, in each place: a line that makes it and one that calls its
  // block, but no line that stands for all of what one of these does, and for more.
  function closestTo(key) {
    if (!closest.has(key)) {
      const found = byLayer.get(key) || [];
      closest.set(key, places.flatMap((place) => least(found.filter((element) => place.contains(element)))));
    }
    return closest.get(key);
  }

  function least(elements) {
    const texts = [...new Set(elements.map((element) => element.dataset.layers))];
    const sets = texts.map((text) => new Set(text.split(" ")));
    const isLeast = (set) => !sets.some((other) => other.size < set.size && [...other].every((key) => set.has(key)));
    const kept = new Set(texts.filter((_, index) => isLeast(sets[index])));
    return elements.filter((element) => kept.has(element.dataset.layers));
  }

  function clear() {
    for (const element of lit) element.classList.remove("lit", "near");
    lit = [];
  }

  // What says most about the layers is lit; what is about others too is near.
  function light(keys) {
    clear();
    const wanted = new Set(keys);
    const strong = new Set(keys.flatMap(closestTo));
    const all = new Set(keys.flatMap((key) => byLayer.get(key) || []));
    for (const element of all) {
      const isLit = strong.has(element) || layersOf(element).every((key) => wanted.has(key));
      element.classList.add(isLit ? "lit" : "near");
    }
    lit = [...all];
  }

  // Shows layers everywhere; `from` is what was pointed at, which stays where it is.
  function show(keys, from, follow) {
    shown = keys;
    light(keys);
    describe(keys);
    const home = from && from.closest(".scroller");
    const level = home ? offset(from, home) : null;
    for (const place of places) {
      if (place !== home) bring(place, follow && place.matches(".lines") ? level : null);
    }
  }

  function hide() {
    if (pinned) return;
    shown = [];
    clear();
    status.hidden = true;
  }

  function offset(element, place) {
    return element.getBoundingClientRect().top - place.getBoundingClientRect().top;
  }

  // Scrolls a place, and nothing around it, until what is lit can be seen.
  function bring(place, level) {
    const target = place.querySelector(".lit") || place.querySelector(".near");
    if (!target || !target.getClientRects().length) return;
    const around = place.getBoundingClientRect();
    const box = target.getBoundingClientRect();
    const head = place.querySelector("thead");
    const top = box.top - around.top;
    const left = box.left - around.left;
    const isAbove = top < (head ? head.offsetHeight : 0) || top + box.height > place.clientHeight;
    const isAside = left < 0 || left + box.width > place.clientWidth;
    const wanted = level === null ? place.clientHeight / 3 : Math.max(0, Math.min(level, place.clientHeight - box.height));
    const moves = {};
    if (isAbove || level !== null) moves.top = place.scrollTop + top - wanted;
    if (isAside) moves.left = place.scrollLeft + left - (place.clientWidth - box.width) / 2;
    place.scrollTo({ ...moves, behavior: calm.matches ? "auto" : "smooth" });
  }

  function describe(keys) {
    const layers = keys.map((key) => data.layers[key]).filter(Boolean);
    if (!layers.length) return;
    const [first] = layers;
    const one = `${first.name}, ${first.kind}, ${first.shape}, ${first.parameters} parameters`;
    const several = `${layers.length} layers: ${layers.slice(0, 4).map((layer) => layer.name).join(", ")}${layers.length > 4 ? " and more" : ""}`;
    words.textContent = (layers.length === 1 ? one : several) + (pinned ? " (kept)" : "");
    status.classList.toggle("pinned", pinned);
    status.hidden = false;
    for (const button of document.querySelectorAll(".layers [aria-pressed]")) {
      const isOn = pinned && button.closest("tr").classList.contains("lit");
      button.setAttribute("aria-pressed", String(isOn));
    }
  }

  function pin(keys, from) {
    pinned = true;
    show(keys, from, true);
  }

  function unpin() {
    pinned = false;
    hide();
    for (const button of document.querySelectorAll(".layers [aria-pressed=true]")) button.setAttribute("aria-pressed", "false");
  }

  const same = (left, right) => left.length === right.length && left.every((key) => right.includes(key));

  function pointAt(event) {
    if (pinned) return;
    const element = layered(event.target);
    if (!element) hide();
    else if (!same(layersOf(element), shown)) show(layersOf(element), element, false);
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") pointAt(event);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.closest("tr")) pointAt(event);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest(".status, .tools, .show, a, summary, #theme, [role=tab]")) return;
    const element = layered(event.target);
    if (!element || String(getSelection())) {
      if (!element) unpin();
    } else if (pinned && same(layersOf(element), shown)) {
      unpin();
    } else {
      pin(layersOf(element), element);
    }
  });
  for (const button of document.querySelectorAll(".show")) {
    button.addEventListener("click", () => {
      pin(button.dataset.show.split(" "), null);
      document.querySelector(".bench").scrollIntoView({ behavior: calm.matches ? "auto" : "smooth" });
    });
  }
  status.querySelector(".unpin").addEventListener("click", unpin);
  for (const button of status.querySelectorAll("[data-go]")) {
    button.addEventListener("click", () => {
      const places = document.querySelectorAll(`${button.dataset.go} .lit`);
      const seen = [...places].find((element) => element.getClientRects().length);
      if (seen) seen.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    });
  }

  // A drawing may shrink to its place, but not until nobody can read it.
  const drawing = document.querySelector(".drawing svg");
  drawing.style.minWidth = `${Math.round(drawing.viewBox.baseVal.width * 0.75)}px`;

  // Keys: arrows go through the layers in the order of the model.
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  const rows = new Map([...document.querySelectorAll(".layers tbody tr")].map((row) => [row.dataset.layers, row]));
  const order = [...rows.keys()].map((text) => text.split(" "));
  const buttons = [...document.querySelectorAll(".layers tbody button")];
  if (buttons.length) buttons[0].tabIndex = 0;

  function current() {
    const exact = order.findIndex((keys) => same(keys, shown));
    return exact >= 0 ? exact : order.findIndex((keys) => keys.some((key) => shown.includes(key)));
  }

  function step(event, place) {
    const move = steps[event.key];
    const at = current();
    const next = at < 0 ? 0 : Math.min(Math.max(at + move, 0), order.length - 1);
    event.preventDefault();
    const wasPinned = pinned;
    pinned = false;
    const row = rows.get(order[next].join(" "));
    if (place.contains(row)) {
      for (const button of buttons) button.tabIndex = -1;
      const button = row.querySelector("button");
      button.tabIndex = 0;
      button.focus({ preventScroll: true });
    }
    pinned = wasPinned;
    show(order[next], null, false);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return unpin();
    const place = event.target.closest && event.target.closest(".scroller");
    if (!place || event.altKey || event.ctrlKey || event.metaKey) return undefined;
    if (steps[event.key]) return step(event, place);
    if (event.key === "Enter" && event.target === place && shown.length) {
      if (pinned) unpin();
      else pin(shown, null);
    }
    return undefined;
  });

  // Copy and download: the modules as kgen writes them, to the byte.
  function say(button, text) {
    const before = button.dataset.text || button.textContent;
    button.dataset.text = before;
    button.textContent = text;
    clearTimeout(Number(button.dataset.timer));
    button.dataset.timer = String(setTimeout(() => { button.textContent = before; }, 1600));
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      field.className = "hidden";
      document.body.append(field);
      field.select();
      const isDone = document.execCommand("copy");
      field.remove();
      return isDone;
    }
  }

  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const isDone = await copy(data.modules[button.dataset.style].source);
      say(button, isDone ? "Copied" : "Not allowed");
    });
  }
  for (const button of document.querySelectorAll(".download")) {
    button.addEventListener("click", () => {
      const module = data.modules[button.dataset.style];
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([module.source], { type: "text/x-python" }));
      link.download = module.file;
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      say(button, "Saved");
    });
  }

  // In a narrow window the panes are tabs.
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const panes = tabs.map((tab) => document.getElementById(tab.getAttribute("aria-controls")));

  function choose(index) {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
      panes[i].classList.toggle("away", narrow.matches && i !== index);
    });
  }

  function arrange() {
    for (const pane of panes) pane.setAttribute("role", narrow.matches ? "tabpanel" : "region");
    choose(Math.max(tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true"), 0));
  }

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(index));
    tab.addEventListener("keydown", (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!move) return;
      const next = (index + move + tabs.length) % tabs.length;
      choose(next);
      tabs[next].focus();
    });
  });
  narrow.addEventListener("change", arrange);
  arrange();

  // Light or dark: what the system says, until the reader says otherwise.
  const toggle = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  }

  function paint() {
    toggle.setAttribute("aria-pressed", String(isDark()));
  }

  toggle.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("kgen-theme", root.dataset.theme);
    } catch {
      // A page from a disk may not keep anything.
    }
    paint();
  });
  try {
    const kept = localStorage.getItem("kgen-theme");
    if (kept) root.dataset.theme = kept;
  } catch {
    // As above.
  }
  dark.addEventListener("change", paint);
  paint();
})();
