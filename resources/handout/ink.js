"use strict";
// From a pen to what the network receives (with `network.js`). Strokes are {points: [{x, y, pressure}], width}, in units of which the sheet
// is 28 wide; the ink lies on 280 x 280 pixels whatever the screen has, so that each device receives the same picture.

const SIDE = 28, PIXELS = 280;
const LEAST_WIDTH = 0.3; // share of its width that a pen leaves which hardly touches
const WIDER = 0.004; // pixels that Qt's pen is wider than it should be: too little to see, but at the ink's edge it decides
const STEPS = 32; // pieces of a curve: nowhere farther off than a two-hundredth of a pixel
const ROUND = 0.5522847498; // handles so far from a quarter of a circle's ends make it a curve
const QUARTERS = [[[1, 0], [1, ROUND], [ROUND, 1], [0, 1]], [[0, 1], [-ROUND, 1], [-1, ROUND], [-1, 0]]];
const END = [].concat(...QUARTERS.map((quarter) => smooth(quarter.map(([x, y]) => ({ x, y })))));
const DOT = 0.01; // pixels that the pen moves for a dot
const FAINTEST = Math.fround(0.03), BOX = 20 / 28, NOTHING = 1e-6;
const LEAST_DEPTH = 0.65, LEAST_POWER = 0.2;

// Ink -----------------------------------------------------------------------------------------------------------------

const middle = (one, other) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });

// The curve has the points as handles and goes through the middles between them: nothing of it changes when more come.
// `draw(way, width)` is called for part number `part` of a stroke, with the way as [start, handle, end].
function eachPart(stroke, part, draw) {
  const { points } = stroke;
  if (part + 1 >= points.length) return;
  const start = part ? middle(points[part - 1], points[part]) : points[0];
  const pressure = (points[part].pressure + points[part + 1].pressure) / 2;
  draw([start, points[part], middle(points[part], points[part + 1])], widthOf(stroke, pressure));
}

// Behind the last middle: a straight end, or a dot.
function tail(stroke, draw) {
  const { points } = stroke, last = points[points.length - 1];
  const start = points.length > 1 ? middle(points[points.length - 2], last) : last;
  draw([start, middle(start, last), last], widthOf(stroke, last.pressure));
}

function widthOf(stroke, pressure) {
  return stroke.width * (LEAST_WIDTH + (1 - LEAST_WIDTH) * pressure);
}

// Opacity 0 to 255, drawn part by part.
class Ink {
  constructor(opacity = new Uint8Array(PIXELS * PIXELS)) {
    this.opacity = opacity;
  }

  copy() {
    return new Ink(this.opacity.slice());
  }

  add(stroke) {
    for (let part = 0; part < stroke.points.length; part++) this.addPart(stroke, part);
    this.addTail(stroke);
  }

  addPart(stroke, part) {
    eachPart(stroke, part, (way, width) => this.draw(way, width));
  }

  addTail(stroke) {
    tail(stroke, (way, width) => this.draw(way, width));
  }

  // One curve with round ends.
  draw(way, width) {
    const scale = PIXELS / SIDE, radius = (width * scale) / 2 + WIDER;
    eachCovered(outline(way.map(({ x, y }) => ({ x: x * scale, y: y * scale })), radius), (place, covered) => {
      this.opacity[place] = covered + Math.round((this.opacity[place] * (255 - covered)) / 255);
    });
  }

  // As the network's preparation wants it, 0 to 1.
  picture() {
    const found = new Float32Array(this.opacity.length);
    for (let place = 0; place < found.length; place++) found[place] = this.opacity[place] / 255;
    return found;
  }
}

// All around a curve with round ends, `radius` away from it, as a closed line: on each side the curve's handles are
// moved as the lines between them are, as Qt does it, so that in a sharp bend the same is missing as on its canvas.
function outline([start, handle, end], radius) {
  const third = (point) => ({ x: (point.x + 2 * handle.x) / 3, y: (point.y + 2 * handle.y) / 3 });
  const all = [start, third(start), third(end), end];
  const apart = (one, other) => Math.hypot(other.x - one.x, other.y - one.y) > NOTHING;
  const way = all.filter((each, number) => !number || apart(all[number - 1], each));
  if (way.length < 2) way.push({ x: start.x + DOT, y: start.y });
  const half = (each) => [...beside(each, radius), ...aroundEnd(each, radius)];
  return [...half(way), ...half([...way].reverse())];
}

function beside(way, radius) {
  const sides = way.slice(1).map((to, number) => toTheSide(way[number], to));
  return smooth(way.map((point, number) => {
    const one = sides[Math.max(number - 1, 0)], other = sides[Math.min(number, sides.length - 1)];
    const share = radius / Math.max(1 + one.x * other.x + one.y * other.y, NOTHING);
    return { x: point.x + share * (one.x + other.x), y: point.y + share * (one.y + other.y) };
  }));
}

function aroundEnd(way, radius) {
  const end = way[way.length - 1], { x, y } = toTheSide(way[way.length - 2], end);
  return END.map((at) => ({
    x: end.x + radius * (at.x * x - at.y * y),
    y: end.y + radius * (at.x * y + at.y * x),
  }));
}

// One long, square to the way.
function toTheSide(from, to) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return { x: (to.y - from.y) / length, y: (from.x - to.x) / length };
}

// Points of the Bézier curve with these handles.
function smooth(handles) {
  const steps = handles.length < 3 ? 1 : STEPS;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const t = step / steps, between = (from, to) => ({ x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) });
    let left = handles;
    while (left.length > 1) left = left.slice(1).map((to, number) => between(left[number], to));
    return left[0];
  });
}

// Calls `put(place, covered)` for each pixel of which a closed line covers something, 1 to 255. Each piece of the line
// gives the pixels to its right the height that it goes down or up in their row; what is within gets the whole height.
function eachCovered(line, put) {
  const xs = line.map(({ x }) => x), ys = line.map(({ y }) => Math.min(Math.max(y, 0), PIXELS));
  const left = Math.floor(Math.min(...xs)), top = Math.floor(Math.min(...ys)), bottom = Math.ceil(Math.max(...ys));
  const wide = Math.ceil(Math.max(...xs)) - left + 2, heights = new Float64Array(wide * (bottom - top));
  line.forEach((to, number) => {
    const from = line[number ? number - 1 : line.length - 1];
    const low = Math.min(from.y, to.y), high = Math.max(from.y, to.y), slope = (to.x - from.x) / (to.y - from.y);
    for (let row = Math.max(Math.floor(low), top); row < Math.min(high, bottom); row++) {
      const begin = Math.max(low, row), end = Math.min(high, row + 1);
      const height = Math.sign(to.y - from.y) * (end - begin);
      const one = from.x + (begin - from.y) * slope, other = from.x + (end - from.y) * slope;
      pass(Math.min(one, other) - left, Math.max(one, other) - left, height, heights, (row - top) * wide);
    }
  });
  for (let row = top; row < bottom; row++) {
    for (let column = 0, within = 0; column < wide; column++) {
      within += heights[(row - top) * wide + column];
      const covered = Math.min(Math.floor(256 * Math.abs(within) + NOTHING), 255);
      if (covered && left + column >= 0 && left + column < PIXELS) put(row * PIXELS + left + column, covered);
    }
  }
}

// A piece that goes `height` in one row from `first` to `last`: what of a pixel lies to its right gets its share there,
// all further pixels the rest.
function pass(first, last, height, heights, row) {
  for (let column = Math.floor(first); column <= last; column++) {
    const begin = Math.max(first, column), end = Math.min(last, column + 1);
    const part = last > first ? (height * (end - begin)) / (last - first) : height;
    const before = (begin + end) / 2 - column;
    heights[row + column] += part * (1 - before);
    heights[row + column + 1] += part * before;
  }
}

// What the network receives -------------------------------------------------------------------------------------------

// MNIST's own preparation: the ink is scaled into a box of 20 x 20 in 28 x 28, placed by its centre of mass, and made so
// strong that it is 1 somewhere and not pale on average. `picture` has `columns` columns, 0 (ground) to 1; `shape` is
// [rows, columns] of what comes out. With `raw` the whole picture is scaled into that, and nothing else.
function prepared(picture, columns, shape, raw = false) {
  const whole = { values: picture.slice(), rows: picture.length / columns, columns };
  const ink = raw ? whole : cropped(picture, columns);
  if (!ink) return new Float32Array(shape[0] * shape[1]);
  for (let place = 0; place < ink.values.length; place++) ink.values[place] = Math.min(Math.max(ink.values[place], 0), 1);
  if (raw) return placed(fitted(ink, shape), shape, false);
  const box = shape.map((side) => Math.max(1, Math.round(BOX * side)));
  const small = fitted(ink, box);
  const most = small.values[largest(small.values)];
  small.values = deepened(small.values.map((value) => value / most));
  return placed(small, shape);
}

// The smallest part with all ink in it; null when there is none.
function cropped(picture, columns) {
  let top = Infinity, bottom = -1, left = Infinity, right = -1;
  for (let place = 0; place < picture.length; place++) {
    if (picture[place] < FAINTEST) continue;
    const row = (place / columns) | 0, column = place % columns;
    top = Math.min(top, row);
    bottom = row;
    left = Math.min(left, column);
    right = Math.max(right, column);
  }
  if (bottom < 0) return null;
  const rows = bottom - top + 1, wide = right - left + 1, values = new Float32Array(rows * wide);
  for (let row = 0; row < rows; row++) {
    const start = (top + row) * columns + left;
    values.set(picture.subarray(start, start + wide), row * wide);
  }
  return { values, rows, columns: wide };
}

// As large as it can be in the box, keeping its proportions, on as few pixels as hold it; each is the mean of its area.
function fitted({ values, rows, columns }, box) {
  const scale = Math.min(box[0] / rows, box[1] / columns);
  const high = Math.max(1, Math.ceil(scale * rows - NOTHING)), wide = Math.max(1, Math.ceil(scale * columns - NOTHING));
  const down = shares(rows, high, scale * rows), across = shares(columns, wide, scale * columns);
  const lower = new Float32Array(high * columns), found = new Float32Array(high * wide);
  for (let row = 0; row < high; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (const [from, share] of down[row]) sum += share * values[from * columns + column];
      lower[row * columns + column] = sum;
    }
    for (let column = 0; column < wide; column++) {
      let sum = 0;
      for (const [from, share] of across[column]) sum += share * lower[row * columns + from];
      found[row * wide + column] = sum;
    }
  }
  return { values: found, rows: high, columns: wide };
}

// For each of `after` pixels which share of it is covered by which of `before` that are `length` long together.
function shares(before, after, length) {
  const start = (after - length) / 2, found = Array.from({ length: after }, () => []);
  for (let from = 0; from < before; from++) {
    const begin = start + from * (length / before), end = start + (from + 1) * (length / before);
    for (let to = Math.max(Math.floor(begin), 0); to < Math.min(end, after); to++) {
      const share = Math.min(end, to + 1) - Math.max(begin, to);
      if (share > 0) found[to].push([from, Math.fround(share)]);
    }
  }
  return found;
}

// With as much depth as MNIST's ink has at least: its pale parts darker, the darkest as they are.
function deepened(values) {
  const raised = (power) => values.map((value) => Math.pow(value, Math.fround(power)));
  if (depth(values) >= LEAST_DEPTH) return values;
  let low = LEAST_POWER, high = 1;
  for (let round = 0; round < 10; round++) {
    const power = (low + high) / 2;
    if (depth(raised(power)) < LEAST_DEPTH) high = power;
    else low = power;
  }
  return raised(low);
}

function depth(values) {
  let squares = 0, sum = 0;
  for (const value of values) {
    squares += value * value;
    sum += value;
  }
  return squares / sum;
}

// Moved by whole pixels until the centre (of mass) lies in the middle, and none is cut.
function placed({ values, rows, columns }, shape, byMass = true) {
  let mass = 0, downwards = 0, rightwards = 0;
  for (let place = 0; place < values.length; place++) {
    mass += values[place];
    downwards += values[place] * ((place / columns) | 0);
    rightwards += values[place] * (place % columns);
  }
  const at = (whole, own, moment) =>
    Math.min(Math.max(Math.floor(whole / 2 - (byMass ? moment / mass : own / 2) + 0.5), 0), whole - own);
  const top = at(shape[0], rows, downwards), left = at(shape[1], columns, rightwards);
  const found = new Float32Array(shape[0] * shape[1]);
  for (let row = 0; row < rows; row++) {
    found.set(values.subarray(row * columns, (row + 1) * columns), (top + row) * shape[1] + left);
  }
  return found.map((value) => Math.min(Math.max(value, 0), 1));
}
