"use strict";
(function () {
  const ALL = "";
  const ROWS_PER_PAGE = 100; // what is on the screen stays small, however many models there are
  const KINDS = ["plain", "NeuRN", "random"];
  const { benchmarks, groups, models, scores, means, headline } = window.SCORES;
  const reasons = new Map(window.SCORES.failures.map(([model, benchmark, reason]) => [model + " " + benchmark, reason]));
  const byId = (id) => document.getElementById(id);
  const selects = ["dataset", "metric", "area", "part", "variant"];
  const names = {
    part: (value) => value || "all neuroids",
    variant: (value) => value || "as the mice saw them",
    area: (value) => (value === "all" ? "all together" : value),
  };
  // What a select without a choice shows: of parts and variants there is always one, "" being the whole.
  const everything = { dataset: "all datasets", metric: "all metrics", area: "all areas", part: "all parts", variant: "all variants" };
  const state = { search: "", family: ALL, kinds: KINDS.slice(), sort: null, descending: true, page: 0 };

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children); // strings become text, never markup
    return made;
  }

  function two(value) {
    return fixed(value, 2).replace(/^(-?)0\./, "$1.").replace("-", "\u2212");
  }

  // ---- what is chosen -------------------------------------------------------------------------------------------

  function fitsOthers(benchmark, select) {
    return selects.every((other) => other === select || state[other] === null || benchmark[other] === state[other]);
  }

  function defaults() {
    const first = benchmarks[headline[0]];
    for (const select of selects) state[select] = first[select];
    state.area = null;
    Object.assign(state, { search: "", family: ALL, kinds: KINDS.slice(), sort: null, descending: true, page: 0 });
  }

  function fillSelects() {
    for (const select of selects) {
      const values = [...new Set(benchmarks.map((benchmark) => benchmark[select]))];
      const possible = new Set(benchmarks.filter((b) => fitsOthers(b, select)).map((b) => b[select]));
      const name = names[select] || ((value) => value);
      const options = [element("option", { value: "*", textContent: everything[select] })];
      values.forEach((value, number) => {
        const option = element("option", { value: String(number), textContent: name(value) });
        option.disabled = !possible.has(value) && select !== "dataset";
        option.selected = state[select] === value;
        options.push(option);
      });
      const box = byId(select);
      box.replaceChildren(...(select === "dataset" ? inKinds(options) : options));
      box.values = values;
      box.closest("label").hidden = values.length < 2;
    }
    const families = [...new Set(models.map((model) => model.family))].sort();
    byId("family").replaceChildren(
      element("option", { value: ALL, textContent: "all families" }),
      ...families.map((family) => element("option", { value: family, textContent: family, selected: family === state.family })),
    );
    byId("search").value = state.search;
    for (const box of document.getElementsByName("kind")) box.checked = state.kinds.includes(box.value);
  }

  // Datasets of recordings apart from those of labelled images, which measure robustness.
  function inKinds(options) {
    const [all, ...rest] = options;
    const isRobustness = (option) => benchmarks.some((b) => b.robustness && b.dataset === option.textContent);
    const kinds = [["Recordings", rest.filter((option) => !isRobustness(option))], ["Labelled images (robustness)", rest.filter(isRobustness)]];
    return [all, ...kinds.filter(([, members]) => members.length).map(([label, members]) => element("optgroup", { label }, ...members))];
  }

  function chosenGroups() {
    if (state.area !== null) return [];
    const fits = (group) => ["dataset", "metric", "part", "variant"].every((key) => state[key] === null || group[key] === state[key]);
    return groups.flatMap((group, number) => (fits(group) ? [number] : []));
  }

  function chosenColumns() {
    return benchmarks.flatMap((benchmark, number) => (fitsOthers(benchmark, null) ? [number] : []));
  }

  // A choice that leaves no benchmark gives up the other choices that stand in its way.
  function repair(kept) {
    for (const select of selects) {
      if (chosenColumns().length) return;
      if (select !== kept) state[select] = null;
    }
  }

  // ---- sorting --------------------------------------------------------------------------------------------------

  // A key of what can be sorted by: "model", a number of `benchmarks`, or "g" and a number of `groups`.
  const isGroup = (key) => typeof key === "string" && key[0] === "g";
  const described = (key) => (isGroup(key) ? groups[Number(key.slice(1))] : benchmarks[key]);
  const cellOf = (number, key) => (isGroup(key) ? means[number][Number(key.slice(1))] : scores[number][key]);

  function rows(keys) {
    const wanted = state.search.trim().toLowerCase();
    const found = [];
    models.forEach((model, number) => {
      if (wanted && !model.name.toLowerCase().includes(wanted)) return;
      if (state.family !== ALL && model.family !== state.family) return;
      if (!state.kinds.includes(model.kind)) return;
      if (!keys.some((key) => cellOf(number, key) || reasons.has(number + " " + key))) return;
      found.push({ model, number });
    });
    const direction = state.descending ? -1 : 1;
    const byName = (a, b) => (a.model.name < b.model.name ? -1 : a.model.name > b.model.name ? 1 : 0);
    if (state.sort === "model") return found.sort((a, b) => direction * byName(a, b));
    const value = (entry) => {
      const cell = cellOf(entry.number, state.sort);
      return cell && cell[0] !== null ? cell[0] : null;
    };
    return found.sort((a, b) => {
      const first = value(a);
      const second = value(b);
      if (first === null || second === null) return first === second ? byName(a, b) : first === null ? 1 : -1; // last, either way
      return direction * (first - second) || byName(a, b);
    });
  }

  // ---- drawing --------------------------------------------------------------------------------------------------

  function sortButton(key, about, ...content) {
    const header = element("th", { scope: "col" });
    const active = state.sort === key;
    if (active) header.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
    const arrow = element("span", { className: "arrow", textContent: active ? (state.descending ? "▼" : "▲") : "" });
    arrow.setAttribute("aria-hidden", "true");
    const button = element("button", { type: "button", title: about }, ...content, arrow);
    button.dataset.sort = key;
    const description = element("span", { id: "about-" + key, textContent: about });
    byId("descriptions").append(description);
    button.setAttribute("aria-describedby", description.id);
    header.append(button);
    return header;
  }

  function titleOf(b) {
    return [b.dataset, b.metric, b.part, b.variant && "@" + b.variant].filter(Boolean).join(" · ");
  }

  const judged = {
    paired: "ranks by paired differences",
    mixed: "ranks partly by paired differences, partly by errors taken for independent",
    independent: "ranks by errors taken for independent",
  };

  function aboutColumn(key) {
    const b = described(key);
    if (isGroup(key)) {
      const areas = b.columns.map((column) => benchmarks[column].area).join(", ");
      return `Mean over ${areas} of ${titleOf(b)}; ${judged[b.ranking]}.`;
    }
    const recorded = b.nNeuroids ? `, ${b.nNeuroids} neuroids of ${b.nMice} mice` : "";
    const kind = b.robustness ? "accuracy on unseen domains, 0 is chance" : "share of the ceiling ± standard error";
    return `${b.name}: ${kind}${recorded}; ${judged[b.ranking]}.`;
  }

  function labelOf(key) {
    const b = described(key);
    if (isGroup(key)) return chosenGroups().length > 1 ? "mean, " + [b.metric, b.part, b.variant].filter(Boolean).join(" ") : "mean";
    return b.area === "all" ? (b.robustness ? "score" : "all") : b.area;
  }

  function drawHead(keys) {
    const spans = [];
    for (const key of keys) {
      const title = isGroup(key) ? "means over areas" : (described(key).robustness ? "robustness · " : "") + titleOf(described(key));
      if (spans.length && spans[spans.length - 1].title === title) spans[spans.length - 1].n += 1;
      else spans.push({ title, n: 1 });
    }
    byId("descriptions").replaceChildren();
    const top = element("tr", { className: "groups" }, element("td", { colSpan: 2 }));
    for (const { title, n } of spans) top.append(element("th", { colSpan: n, scope: "colgroup", textContent: title }));
    const rank = element("th", { scope: "col", className: "rank", title: aboutRank() }, "#", element("span", { className: "hidden", textContent: " Rank. " + aboutRank() }));
    const name = sortButton("model", "Name of the model; the link leads to its page.", "Model");
    name.classList.add("name");
    const labels = element("tr", {}, rank, name);
    const ceilings = element("tr", { className: "ceilings" }, element("td"), element("th", { scope: "row", textContent: "ceiling", className: "name" }));
    for (const key of keys) {
      labels.append(sortButton(key, aboutColumn(key), labelOf(key)));
      const cell = element("td", { className: "cell" });
      const { ceiling = null, ceilingError = null } = described(key);
      if (ceiling !== null) {
        cell.append(two(ceiling));
        if (ceilingError !== null) cell.append(element("span", { className: "error", textContent: "±" + two(ceilingError) }));
      }
      ceilings.append(cell);
    }
    byId("scores").tHead.replaceChildren(top, labels, ceilings);
  }

  const rankedBy = (keys) => (state.sort === "model" ? keys[0] : state.sort);
  const nameOf = (key) => described(key).name;

  function aboutRank() {
    const key = rankedBy([...chosenGroups().map((number) => "g" + number), ...chosenColumns()]);
    return `Among all models with a score, by ${nameOf(key)}: one plus the number of models that are clearly ahead.`;
  }

  function scoreCell(number, key) {
    const cell = cellOf(number, key);
    if (!cell || cell[0] === null) {
      const reason = reasons.get(number + " " + key);
      if (!reason) return element("td", { className: "cell none" }, element("span", { className: "hidden", textContent: "not run" }));
      const hidden = element("span", { className: "hidden", textContent: ": " + reason });
      return element("td", { className: "cell none failed" }, element("a", { href: models[number].page + "#failures-heading", title: reason }, "failed", hidden));
    }
    const [value, error, rank] = cell;
    const shown = element("td", { className: "cell" + (rank === 1 ? " best" : "") + (isGroup(key) ? " mean" : "") }, two(value));
    const percent = (share) => Math.min(Math.max(share, 0), 1) * 100 + "%";
    shown.style.setProperty("--score", percent(value));
    if (error !== null) {
      shown.append(element("span", { className: "error", textContent: "±" + two(error) }));
      shown.style.setProperty("--low", percent(value - error));
      shown.style.setProperty("--high", percent(value + error));
    }
    if (isGroup(key) && cell[3] < described(key).columns.length) {
      shown.append(element("span", { className: "partial", textContent: `${cell[3]} of ${described(key).columns.length} areas` }));
    }
    return shown;
  }

  function draw() {
    const columns = chosenColumns();
    const keys = [...chosenGroups().map((number) => "g" + number), ...columns];
    if (state.sort !== "model" && !keys.includes(state.sort)) Object.assign(state, { sort: keys[0], descending: true });
    const found = rows(keys);
    const nPages = Math.max(Math.ceil(found.length / ROWS_PER_PAGE), 1);
    state.page = Math.min(state.page, nPages - 1);
    const start = state.page * ROWS_PER_PAGE;
    drawHead(keys);
    const body = found.slice(start, start + ROWS_PER_PAGE).map(({ model, number }) => {
      const link = element("a", { href: model.page, textContent: model.name });
      const name = element("th", { scope: "row", className: "name" }, link);
      if (model.kind !== "plain") name.append(element("span", { className: "kind " + model.kind, textContent: model.kind }));
      const ranked = cellOf(number, rankedBy(keys));
      const rank = element("td", { className: "rank", textContent: ranked && ranked[2] !== null ? String(ranked[2]) : "–" });
      return element("tr", {}, rank, name, ...keys.map((key) => scoreCell(number, key)));
    });
    if (!body.length) body.push(element("tr", {}, element("td", { colSpan: keys.length + 2, className: "empty", textContent: "No model has such scores." })));
    byId("scores").tBodies[0].replaceChildren(...body);
    const end = Math.min(start + ROWS_PER_PAGE, found.length);
    byId("range").textContent = found.length ? start + 1 + "–" + end + " of " + found.length : "";
    byId("previous").disabled = state.page === 0;
    byId("next").disabled = state.page >= nPages - 1;
    document.querySelector(".pager").hidden = nPages === 1;
    const by = state.sort === "model" ? "name" : nameOf(state.sort);
    byId("status").textContent =
      `${found.length}${found.length === 1 ? " model" : " models"}, by ${by}, ${state.descending ? "descending" : "ascending"}; ` +
      judged[described(rankedBy(keys)).ranking];
    byId("about-column").textContent = "\u00a0";
    remember();
  }

  // ---- the address keeps the view, so that it can be sent to others ---------------------------------------------

  function remember() {
    const told = new URLSearchParams();
    for (const select of selects) if (state[select] !== null) told.set(select, state[select]);
    if (state.search) told.set("search", state.search);
    if (state.family !== ALL) told.set("family", state.family);
    if (state.kinds.length < KINDS.length) told.set("kinds", state.kinds.join(" "));
    told.set("sort", state.sort === "model" ? "model" : nameOf(state.sort));
    if (!state.descending) told.set("ascending", "yes");
    history.replaceState(null, "", "#" + told);
  }

  function recall() {
    if (location.hash.length < 2) return;
    const told = new URLSearchParams(location.hash.slice(1));
    for (const select of selects) {
      const value = told.get(select);
      state[select] = benchmarks.some((benchmark) => benchmark[select] === value) ? value : null;
    }
    repair(null);
    state.search = told.get("search") || "";
    state.family = models.some((model) => model.family === told.get("family")) ? told.get("family") : ALL;
    if (told.has("kinds")) state.kinds = KINDS.filter((kind) => told.get("kinds").split(" ").includes(kind));
    const column = benchmarks.findIndex((benchmark) => benchmark.name === told.get("sort"));
    const group = groups.findIndex((one) => one.name === told.get("sort"));
    state.sort = column >= 0 ? column : group >= 0 ? "g" + group : told.get("sort") === "model" ? "model" : null;
    state.descending = !told.has("ascending");
  }

  // ---- what people do -------------------------------------------------------------------------------------------

  function sortBy(key) {
    const value = key === "model" || isGroup(key) ? key : Number(key);
    if (state.sort === value) state.descending = !state.descending;
    else Object.assign(state, { sort: value, descending: value !== "model" });
    state.page = 0;
    draw();
    const again = [...document.querySelectorAll("[data-sort]")].find((button) => button.dataset.sort === key);
    if (again) again.focus(); // the head was drawn again
  }

  // What a column is, in words: for eyes where it is pointed at or focused, for screen readers by aria-describedby.
  for (const event of ["focusin", "mouseover"]) {
    byId("scores").addEventListener(event, ({ target }) => {
      const button = target.closest("[data-sort]");
      if (button) byId("about-column").textContent = button.title;
    });
  }

  byId("scores").addEventListener("click", (event) => {
    const button = event.target.closest("[data-sort]");
    if (button) sortBy(button.dataset.sort);
  });
  for (const select of selects) {
    byId(select).addEventListener("change", (event) => {
      const box = event.target;
      state[select] = box.value === "*" ? null : box.values[Number(box.value)];
      repair(select);
      state.page = 0;
      fillSelects();
      draw();
    });
  }
  function onFilter(id, event, apply) {
    byId(id).addEventListener(event, () => {
      apply(byId(id));
      state.page = 0;
      draw();
    });
  }
  onFilter("search", "input", (box) => (state.search = box.value));
  onFilter("family", "change", (box) => (state.family = box.value));
  for (const box of document.getElementsByName("kind")) {
    box.addEventListener("change", () => {
      state.kinds = [...document.getElementsByName("kind")].filter((one) => one.checked).map((one) => one.value);
      state.page = 0;
      draw();
    });
  }
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    defaults();
    fillSelects();
    draw();
  });
  for (const [id, step] of [["previous", -1], ["next", 1]]) {
    byId(id).addEventListener("click", () => {
      state.page += step;
      draw();
      byId("scores").scrollIntoView({ block: "start" });
    });
  }

  defaults();
  recall();
  fillSelects();
  draw();
})();
