"use strict";
// The page: what a person does, and what is shown of it. All texts are put in as text, never as HTML.

const PEN = 2.2, LEAST_STEP = 0.02, BEYOND = 4; // of the pen, in units of the sheet
const KEY_STEP = 1, FINE_STEP = 0.25; // how far an arrow key moves the cross; with Shift
const SLICE = 8, REST = 120; // milliseconds of work between which the page listens; of a pen that rests
const QUIET = 700; // milliseconds without a stroke or a step of the cross after which a screen reader hears of it
const MOST_LETTERS = 20; // of a name in a row of others
const POSSIBLE = 0.1; // from where on a second answer is worth a word
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const about = JSON.parse(document.getElementById("data").textContent);
const [ROWS, COLUMNS] = about.shape;
const networks = about.snapshots.map(() => null);
const samples = about.pictures.map(({ pixels, label }) => ({ picture: shades(pixels), label }));
const ideals = about.ideals.map((pixels, label) => ({ picture: shades(pixels), label }));
const passed = about.layers.map((layer) => new Uint8Array(layer.width).fill(1));

const page = {
  strokes: [],
  shown: null, // a picture in place of a drawing
  past: [], // what undo brings back
  settled: new Ink(), // the strokes, without the end of the one that is being drawn
  stroke: null,
  cross: null,
  snapshot: about.snapshots.length - 1,
  wanted: null, // the class whose reasons are asked for; null for the answer's
  layer: about.layers.length - 1,
  neuron: null,
  picture: null, // what the network receives
  answers: 0, // how many were given so far
};

const $ = (id) => document.getElementById(id);
const dark = matchMedia("(prefers-color-scheme: dark)");

function shades(base64) {
  return Float32Array.from(bytes(base64), (each) => Math.fround(each / 255));
}

function element(name, text, classes) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (classes) made.className = classes;
  return made;
}

function network(number = page.snapshot) {
  networks[number] = networks[number] || networkOf(about, about.snapshots[number].weights);
  return networks[number];
}

// The text in the language of the page, with values in place of their names in braces.
function tr(text, values = {}) {
  return (about.texts[text] || text).replace(/\{(\w+)\}/g, (value, name) => values[name] ?? value);
}

// Words and colours ---------------------------------------------------------------------------------------------------

// What a class is called where other names stand beside it.
function called(label) {
  return shortened(about.classes[label], MOST_LETTERS);
}

function decimal(number) {
  return number.toFixed(2).replace(".", about.decimal);
}

function percent(probability) {
  if (probability < 0.0001) return `< ${decimal(0.01)} %`;
  if (probability > 0.9999) return `> ${decimal(99.99)} %`;
  return `${decimal(100 * probability)} %`;
}

function signed(number) {
  return `${number < 0 ? "−" : "+"}${decimal(Math.abs(number))}`;
}

function color(share, steps) {
  const place = Math.min(Math.max(share || 0, 0), 1) * (steps.length - 1), step = Math.min(place | 0, steps.length - 2);
  const channel = (number, from) => parseInt(steps[number].slice(from, from + 2), 16);
  return [1, 3, 5].map((from) => {
    const [one, other] = [channel(step, from), channel(step + 1, from)];
    return Math.round(one + (other - one) * (place - step));
  });
}

function farthest(numbers) {
  return numbers.reduce((one, other) => Math.max(one, Math.abs(other)), 0);
}

function colors() {
  return about.colors[dark.matches ? "dark" : "light"];
}

function magnitude(number, most) {
  return color(most ? Math.abs(number) / most : 0, colors().magnitude);
}

function around(number, most) {
  return color(most ? 0.5 + (0.5 * number) / most : 0.5, colors().signed);
}

// Numbers as pixels of a canvas, each a square.
function paint(canvas, numbers, rows, columns, colored) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
  for (let place = 0; place < rows * columns; place++) {
    const [red, green, blue] = colored(numbers ? numbers[place] : 0);
    image.data.set([red, green, blue, 255], 4 * place);
  }
  context.putImageData(image, 0, 0);
}

function paintPicture(canvas, picture) {
  paint(canvas, picture, ROWS, COLUMNS, (value) => magnitude(value, 1));
}

function describe(id, words) {
  $(id).setAttribute("aria-label", words);
}

// In which of nine parts of a picture the numbers of this sign are the strongest together, in words.
function strongestPlace(numbers, sign) {
  const sums = Array(9).fill(0);
  numbers.forEach((number, place) => {
    const row = Math.floor((3 * Math.floor(place / COLUMNS)) / ROWS), column = Math.floor((3 * (place % COLUMNS)) / COLUMNS);
    sums[3 * row + column] += Math.max(sign * number, 0);
  });
  if (!(sums[largest(sums)] > 0)) return tr("none");
  return [
    tr("most at the top left"), tr("most at the top"), tr("most at the top right"),
    tr("most at the left"), tr("most in the middle"), tr("most at the right"),
    tr("most at the bottom left"), tr("most at the bottom"), tr("most at the bottom right"),
  ][largest(sums)];
}

// Drawing -------------------------------------------------------------------------------------------------------------

function isEmpty() {
  return !page.strokes.length && !page.stroke && !page.shown;
}

function begin(point) {
  if (page.stroke) end();
  clearTimeout(saying);
  remember();
  if (page.shown) put({ strokes: [], shown: null });
  page.stroke = { points: [point], width: PEN };
  changed();
}

function goOn(point) {
  if (!page.stroke) return;
  const { points } = page.stroke, last = points[points.length - 1];
  if (Math.max(Math.abs(point.x - last.x), Math.abs(point.y - last.y)) < LEAST_STEP) return;
  points.push(point);
  page.settled.addPart(page.stroke, points.length - 2);
  changed();
}

function end() {
  if (!page.stroke) return;
  page.settled.addTail(page.stroke);
  page.strokes = [...page.strokes, page.stroke];
  page.stroke = null;
  changed();
  say();
}

function remember() {
  page.past.push({ strokes: page.strokes, shown: page.shown });
}

function put({ strokes, shown }) {
  Object.assign(page, { strokes, shown, stroke: null, settled: new Ink() });
  for (const stroke of strokes) page.settled.add(stroke);
}

function show(picture) {
  remember();
  put({ strokes: [], shown: picture });
  changed();
  say();
}

function pointOf(event) {
  const box = $("sheet").getBoundingClientRect(), at = (value) => Math.min(Math.max(value, -BEYOND), SIDE + BEYOND);
  const pressure = event.pointerType === "pen" && event.pressure ? event.pressure : 1;
  return {
    x: at(((event.clientX - box.left) / box.width) * SIDE),
    y: at(((event.clientY - box.top) / box.height) * SIDE),
    pressure,
  };
}

function moveCross(right, down, fine) {
  const step = fine ? FINE_STEP : KEY_STEP, at = (value) => Math.min(Math.max(value, 0), SIDE);
  page.cross = { x: at(page.cross.x + right * step), y: at(page.cross.y + down * step), pressure: 1 };
  goOn(page.cross);
  drawSheet();
  say(sayCross);
}

function showCross() {
  page.cross = { x: SIDE / 2, y: SIDE / 2, pressure: 1 };
  drawSheet();
}

function sayCross() {
  if (!page.cross) return sayAnswer();
  const [row, column] = [page.cross.y, page.cross.x].map((place) => Math.min(Math.floor(place), SIDE - 1) + 1);
  return page.stroke
    ? tr("Row {row}, column {column}, pen down", { row, column })
    : tr("Row {row}, column {column}, pen up", { row, column });
}

function sayDrawn() {
  const sample = samples.find(({ picture }) => picture === page.shown);
  const ideal = ideals.find(({ picture }) => picture === page.shown);
  if (sample) return tr("a test image of {name}", { name: about.truths[sample.label] });
  if (ideal) return tr("the ideal image of {name}", { name: about.classes[ideal.label] });
  const count = page.strokes.length;
  return count === 1 ? tr("1 stroke") : count ? tr("{count} strokes", { count }) : tr("empty");
}

function sayInk() {
  if (!page.picture) return tr("nothing");
  const count = page.picture.filter((value) => value > 0).length;
  return tr("{count} of {all} pixels with ink", { count, all: page.picture.length });
}

function drawSheet() {
  const canvas = $("sheet"), pixels = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  const context = canvas.getContext("2d"), scale = pixels / SIDE, style = getComputedStyle(document.documentElement);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, pixels, pixels);
  if (page.shown) {
    const side = SIDE / Math.max(ROWS, COLUMNS), small = element("canvas");
    paint(small, page.shown, ROWS, COLUMNS, (value) => magnitude(value, 1));
    context.imageSmoothingEnabled = false;
    const wide = COLUMNS * side * scale, high = ROWS * side * scale;
    context.drawImage(small, (pixels - wide) / 2, (pixels - high) / 2, wide, high);
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = style.getPropertyValue("--text");
  const line = ([start, handle, last], width) => {
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(start.x, start.y);
    context.quadraticCurveTo(handle.x, handle.y, last.x + 1e-3, last.y);
    context.stroke();
  };
  for (const stroke of [...page.strokes, ...(page.stroke ? [page.stroke] : [])]) {
    for (let part = 0; part < stroke.points.length; part++) eachPart(stroke, part, line);
    tail(stroke, line);
  }
  if (page.cross) {
    context.strokeStyle = style.getPropertyValue("--accent");
    context.lineWidth = 0.2;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [0, 1]]) {
      context.moveTo(page.cross.x - dx, page.cross.y - dy);
      context.lineTo(page.cross.x + dx, page.cross.y + dy);
    }
    context.stroke();
  }
}

// What the network receives: the ink as the images it learned from were prepared; a test image as it is.
function received() {
  if (page.shown) return page.shown;
  const ink = page.stroke ? page.settled.copy() : page.settled;
  if (page.stroke) ink.addTail(page.stroke);
  return prepared(ink.picture(), PIXELS, about.shape, about.raw);
}

// The answer ----------------------------------------------------------------------------------------------------------

let isDue = false, work = null, saying = null;

// The picture, the snapshot or a neuron is another: the answer comes with the next frame, all else after it.
function changed() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    answer();
  });
}

function answer() {
  drawSheet();
  page.picture = isEmpty() ? null : received();
  page.steps = page.picture && run(network(), page.picture, passed);
  page.probabilities = page.picture && softmax(page.steps[page.steps.length - 1].output);
  page.best = page.picture && largest(page.probabilities);
  page.answers += 1;
  showAnswer();
  showOwn();
  enable($("undo"), page.past.length);
  enable($("clear"), !isEmpty());
  for (const canvas of [$("received"), $("thumb")]) paintPicture(canvas, page.picture);
  later();
}

function showAnswer() {
  const { probabilities, best } = page, share = probabilities && probabilities[best];
  const isNumber = !probabilities || probabilities.every(Number.isFinite);
  const name = probabilities && isNumber ? about.classes[best] : "";
  $("winner").textContent = name;
  $("winner").classList.toggle("word", name.length > 2);
  $("probability").textContent = !probabilities ? tr("Draw, or press a test image below.") : isNumber ? probable(share) : "";
  $("doubt").textContent = isNumber ? doubt(probabilities, best) : tr("Its weights are not numbers.");
  $("bar-answer").textContent = name;
  $("bar-probability").textContent = name && probable(share);
  [...$("bars").children].forEach((row, label) => {
    const share = probabilities && isNumber ? probabilities[label] : 0, [, track, figure] = row.children;
    track.firstChild.style.width = `${100 * share}%`;
    figure.textContent = name && percent(share);
    row.classList.toggle("best", name !== "" && label === best);
    row.setAttribute("aria-pressed", page.wanted === label);
    row.disabled = !name;
  });
}

function probable(share) {
  return tr("probability {share}", { share: percent(share) });
}

function doubt(probabilities, best) {
  if (!probabilities) return "";
  const second = largest(probabilities.map((each, label) => (label === best ? -1 : each)));
  return probabilities[second] >= POSSIBLE ? tr("could be {answer}", { answer: about.classes[second] }) : "";
}

// Without the focus on a button that ends to be one, keys would lead nowhere: drawing comes next.
function enable(button, isEnabled) {
  if (!isEnabled && document.activeElement === button) $("sheet").focus({ preventScroll: true });
  button.disabled = !isEnabled;
}

// For those who hear it: once the pen rests or something was pressed, not with every point or stroke.
function say(words = sayAnswer) {
  clearTimeout(saying);
  saying = setTimeout(() => {
    $("live").textContent = words();
  }, QUIET);
}

function sayAnswer() {
  const { probabilities, best } = page, silenced = count();
  const answer = () => $("winner").textContent
    ? tr("Answer {answer}, probability {share}", { answer: about.classes[best], share: percent(probabilities[best]) })
    : $("doubt").textContent;
  const words = probabilities ? answer() : tr("Nothing drawn");
  return silenced ? tr("{answer}; silenced: {count}", { answer: words, count: silenced }) : words;
}

// What may come later: done in slices, anew as soon as something changes.
function later() {
  const mine = (work = everythingElse());
  const go = () => {
    const until = performance.now() + SLICE;
    while (work === mine && performance.now() < until) if (mine.next().done) work = null;
    if (work === mine) setTimeout(go);
  };
  setTimeout(go, page.stroke ? REST : 0);
}

function* everythingElse() {
  describe("sheet", tr("Sheet to draw on: {drawn}", { drawn: sayDrawn() }));
  describe("received", tr("What the network receives: {ink}", { ink: sayInk() }));
  if (about.layers.length) nameNeurons();
  yield;
  yield* overTraining();
  yield* reasons();
  yield* readSamples();
}

function* overTraining() {
  for (const [number, button] of [...$("moments").children].entries()) {
    const [, name] = button.children;
    const found = page.picture && softmax(scores(network(number), page.picture, passed));
    name.textContent = found && found.every(Number.isFinite) ? called(largest(found)) : "–";
    yield;
  }
}

function* reasons() {
  const label = page.wanted === null ? page.best : page.wanted;
  if (!page.picture) {
    showReasons(null, null);
    return;
  }
  const direction = about.classes.map((_, each) => (each === label ? 1 : 0));
  const step = integrated(network(), page.picture, direction, passed);
  let found = step();
  for (; !found; found = step()) yield;
  showReasons(found, label);
}

function showReasons(found, label) {
  const most = found ? farthest(found.heat) : 0;
  paint($("heat"), found && found.heat, ROWS, COLUMNS, (value) => around(value, most));
  $("why-title").textContent = found ? tr("Why {answer}?", { answer: about.classes[label] }) : tr("Why");
  $("why-for").textContent = found ? about.classes[label] : tr("the answer");
  $("why-sum").textContent = found ? tr("All pixels together: {sum}", { sum: signed(found.total) }) : "";
  describe("heat", found
    ? tr("Pixels that speak for {answer}: {place}; against it: {other}", {
      answer: about.classes[label], place: strongestPlace(found.heat, 1), other: strongestPlace(found.heat, -1),
    })
    : tr("Which pixels speak for the answer: nothing is drawn"));
}

function* readSamples() {
  let right = 0;
  for (const [number, { picture, label }] of samples.entries()) {
    const found = largest(scores(network(), picture, passed)), button = $("samples").children[number];
    const isRight = found === label && about.truths[label] === about.classes[label];
    right += isRight;
    button.lastChild.textContent = isRight ? called(label) : `→ ${called(found)}`;
    button.classList.toggle("wrong", !isRight);
    const name = shortened(about.truths[label], MOST_LETTERS);
    button.setAttribute("aria-label", isRight
      ? tr("Test image of {name}, read correctly", { name })
      : tr("Test image of {name}, read as {answer}", { name, answer: called(found) }));
    yield;
  }
  $("right").textContent = tr("{count} of {all} read correctly", { count: right, all: samples.length });
}

// Training ------------------------------------------------------------------------------------------------------------

function showSnapshot() {
  const { name, accuracy } = about.snapshots[page.snapshot];
  $("time").value = page.snapshot;
  $("time").setAttribute("aria-valuetext", tr("{name}, {accuracy} of the test images read correctly", { name, accuracy }));
  $("moment").textContent = tr("{name}: reads {accuracy} of {count} test images correctly", { name, accuracy, count: about.tested });
  [...$("moments").children].forEach((button, number) => button.setAttribute("aria-pressed", number === page.snapshot));
}

function chooseSnapshot(number) {
  page.snapshot = number;
  showSnapshot();
  if (about.layers.length) {
    showNeurons();
    showWeights();
  }
  changed();
}

// Fingerprints --------------------------------------------------------------------------------------------------------

function count() {
  return passed.reduce((sum, layer) => sum + layer.filter((each) => !each).length, 0);
}

function hasMaps(layer) {
  return about.layers[layer].kind === "conv";
}

function neuronName(number) {
  return hasMaps(page.layer) ? tr("Feature map {number}", { number }) : tr("Neuron {number}", { number });
}

function fillNeurons() {
  const { numbers, favourites } = about.fingerprints[page.layer];
  $("neurons").setAttribute("aria-label", hasMaps(page.layer)
    ? tr("Feature maps of hidden layer {layer}", { layer: page.layer + 1 })
    : tr("Neurons of hidden layer {layer}", { layer: page.layer + 1 }));
  $("neurons").replaceChildren(...numbers.map((number, row) => {
    const option = element("div");
    option.setAttribute("role", "option");
    option.append(element("span", number), ...about.classes.map(() => element("i")), element("i"));
    option.addEventListener("click", () => chooseNeuron(row));
    option.dataset.favourite = about.classes[favourites[row]];
    return option;
  }));
  chooseNeuron(0, false);
}

function showNeurons() {
  if (!about.layers.length) return;
  const { numbers, means, most } = about.fingerprints[page.layer], now = means[page.snapshot];
  [...$("neurons").children].forEach((option, row) => {
    const isSilenced = isSilent(row), cells = option.querySelectorAll("i");
    about.classes.forEach((_, label) => shade(cells[label], now[label * numbers.length + row], most));
    option.classList.toggle("silenced", isSilenced);
    option.setAttribute("aria-selected", row === page.neuron);
    option.tabIndex = row === page.neuron ? 0 : -1;
  });
  nameNeurons();
  const silenced = count();
  $("silenced").textContent = silenced ? tr("silenced: {count}", { count: silenced }) : "";
  $("restore").disabled = !silenced;
  showSilence();
  showOwn();
}

// How the neurons answer to what is drawn.
function showOwn() {
  if (!about.layers.length) return;
  const { numbers, most } = about.fingerprints[page.layer], own = ownResponses();
  [...$("neurons").children].forEach((option, row) => shade(option.lastChild, own[numbers[row]] || 0, most));
}

function ownResponses() {
  const { step, width } = about.layers[page.layer];
  return page.steps ? responses(page.steps[step], width) : [];
}

function isSilent(row) {
  return !passed[page.layer][about.fingerprints[page.layer].numbers[row]];
}

function nameNeurons() {
  const { numbers } = about.fingerprints[page.layer], own = ownResponses();
  [...$("neurons").children].forEach((option, row) => {
    const says = { neuron: neuronName(numbers[row]), answer: option.dataset.favourite };
    const words = own.length
      ? tr("{neuron}, answers most to {answer}, to yours with {value}", { ...says, value: decimal(own[numbers[row]]) })
      : tr("{neuron}, answers most to {answer}", says);
    option.setAttribute("aria-label", isSilent(row) ? tr("{neuron}, silenced", { neuron: words }) : words);
  });
}

function shade(cell, value, most) {
  cell.style.background = `rgb(${magnitude(value, most)})`;
}

function chooseNeuron(row, focus = true) {
  page.neuron = row;
  showNeurons();
  showWeights();
  if (!focus) return;
  $("neurons").children[row].focus({ preventScroll: true });
  $("neurons").children[row].scrollIntoView({ block: "nearest" });
}

function showWeights() {
  const { numbers } = about.fingerprints[page.layer], number = numbers[page.neuron];
  if (number === undefined) return;
  const { values, rows, columns } = weightPicture(network(), about.layers[page.layer].weights, number);
  const most = farthest(values);
  paint($("weights"), values, rows, columns, (value) => around(value, most));
  const says = { number, low: signed(Math.min(...values)), high: signed(Math.max(...values)) };
  describe("weights", hasMaps(page.layer)
    ? tr("Weights of feature map {number}: {low} to {high}", says)
    : tr("Weights of neuron {number}: {low} to {high}", says));
  $("neuron-title").textContent = neuronName(number);
  const favourite = $("neurons").children[page.neuron].dataset.favourite;
  $("neuron-says").textContent = tr("Answers most to {answer}. Its weights: orange adds, blue takes away.", { answer: favourite });
  showSilence();
}

function showSilence() {
  const number = about.fingerprints[page.layer].numbers[page.neuron];
  const isSilenced = number !== undefined && !passed[page.layer][number];
  $("silence").setAttribute("aria-pressed", isSilenced);
  $("silence").textContent = isSilenced ? tr("Silenced") : tr("Silence");
}

function toggleSilence() {
  const number = about.fingerprints[page.layer].numbers[page.neuron];
  passed[page.layer][number] = 1 - passed[page.layer][number];
  showNeurons();
  changed();
  say();
}

function restoreAll() {
  for (const layer of passed) layer.fill(1);
  showNeurons();
  changed();
  say();
}

// What stands there from the beginning --------------------------------------------------------------------------------

function fill() {
  $("title").textContent = about.title;
  $("file").textContent = tr("Layerlight · hand-out · {file}", { file: about.file });
  const [before, after] = tr("speaks for {answer}").split("{answer}");
  $("why-for").before(before);
  $("why-for").after(after);
  $("about").textContent = about.about;
  document.body.classList.toggle("words", about.classes.some((name) => name.length > 3));
  $("bars").replaceChildren(...about.classes.map((_, label) => {
    const row = element("button"), track = element("i"), words = element("span", called(label));
    row.type = "button";
    words.dir = "auto";
    track.append(element("b"));
    row.append(words, track, element("span"));
    row.addEventListener("click", () => {
      page.wanted = page.wanted === label ? null : label;
      changed();
    });
    return row;
  }));
  $("time").max = about.snapshots.length - 1;
  $("moments").replaceChildren(...about.snapshots.map(({ name, accuracy }, number) => {
    const button = element("button"), answer = element("b", "–");
    button.type = "button";
    answer.dir = "auto";
    button.append(element("span", name), answer, element("span", accuracy));
    button.addEventListener("click", () => chooseSnapshot(number));
    return button;
  }));
  fillGallery($("samples"), samples, () => "");
  fillGallery($("ideals"), ideals, ({ label }) => called(label));
  [...$("ideals").children].forEach((each, label) => each.setAttribute("aria-label", tr("Ideal image of {name}", { name: called(label) })));
  $("training").hidden = about.snapshots.length < 2;
  fillFingerprints();
  fillQuestions();
}

function fillGallery(place, pictures, words) {
  place.replaceChildren(...pictures.map((each) => {
    const button = element("button"), name = element("span", words(each));
    button.type = "button";
    name.dir = "auto";
    button.append(element("canvas", undefined, "pixels"), name);
    button.addEventListener("click", () => show(each.picture));
    return button;
  }));
}

function fillFingerprints() {
  $("fingerprints").hidden = !about.layers.length;
  if (!about.layers.length) return;
  about.fingerprints = about.fingerprints.map((layer) => ({ ...layer, means: layer.means.map(floats) }));
  $("layers").hidden = about.layers.length < 2;
  $("layer").replaceChildren(...about.layers.map(({ width }, number) => {
    const says = { layer: number + 1, count: width };
    const option = element("option", hasMaps(number)
      ? tr("Layer {layer}: {count} feature maps", says)
      : tr("Layer {layer}: {count} neurons", says));
    option.value = number;
    return option;
  }));
  $("layer").value = page.layer;
  $("fingerprints-help").textContent = tr("A row is a neuron, a column a class: the stronger the colour, the stronger it answers, on average. The last column is your drawing. Press a row, then Silence, and see what the network can no longer read.");
  $("fingerprints").style.setProperty("--cells", about.classes.length + 1);
  $("names").replaceChildren(element("span"), ...about.classes.map((_, label) => element("span", called(label))), element("span", tr("you")));
  fillNeurons();
}

function fillQuestions() {
  $("questions").hidden = !about.questions.length;
  $("asked").replaceChildren(...about.questions.map(({ question, answers, right, told }) => {
    const item = element("li"), list = element("ul"), unfolds = element("details");
    list.append(...answers.map((each) => element("li", each)));
    unfolds.append(element("summary", tr("Answer")), element("p", [answers[right], told].filter(Boolean).join(". ")));
    item.append(element("p", question), list, unfolds);
    return item;
  }));
}

function paintAll() {
  [...$("samples").children].forEach((each, number) => paintPicture(each.firstChild, samples[number].picture));
  [...$("ideals").children].forEach((each, number) => paintPicture(each.firstChild, ideals[number].picture));
  if (about.layers.length) {
    showNeurons();
    showWeights();
  }
  changed();
}

// What a person does --------------------------------------------------------------------------------------------------

function listen() {
  const sheet = $("sheet");
  sheet.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    page.cross = null;
    sheet.setPointerCapture(event.pointerId);
    begin(pointOf(event));
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!page.stroke || page.cross || !event.isPrimary) return;
    const all = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const each of all.length ? all : [event]) goOn(pointOf(each));
  });
  for (const name of ["pointerup", "pointercancel"]) {
    sheet.addEventListener(name, (event) => {
      if (event.isPrimary && !page.cross) end();
    });
  }
  sheet.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (event.key === "Escape") sheet.blur();
    if (!way && event.key !== " ") return;
    event.preventDefault();
    if (!page.cross) showCross();
    if (way) moveCross(...way, event.shiftKey);
    else if (event.repeat) return;
    else if (page.stroke) end();
    else {
      begin(page.cross);
      say(sayCross);
    }
  });
  sheet.addEventListener("focus", () => {
    if (sheet.matches(":focus-visible")) showCross();
  });
  sheet.addEventListener("blur", () => {
    if (page.cross) end();
    page.cross = null;
    drawSheet();
  });
  $("undo").addEventListener("click", () => {
    put(page.past.pop());
    changed();
    say();
  });
  $("clear").addEventListener("click", () => show(null));
  $("time").addEventListener("input", () => chooseSnapshot(Number($("time").value)));
  $("time").addEventListener("change", say);
  $("layer").addEventListener("change", () => {
    page.layer = Number($("layer").value);
    fillNeurons();
  });
  $("neurons").addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key], last = $("neurons").children.length - 1;
    if (by) chooseNeuron(Math.min(Math.max(page.neuron + by, 0), last));
    else if (event.key === "Home" || event.key === "End") chooseNeuron(event.key === "End" ? last : 0);
    else if (["Delete", "Enter", " "].includes(event.key)) toggleSilence();
    else return;
    event.preventDefault();
  });
  $("silence").addEventListener("click", toggleSilence);
  $("restore").addEventListener("click", restoreAll);
  dark.addEventListener("change", paintAll);
  addEventListener("resize", changed);
}

fill();
listen();
showSnapshot();
paintAll();
