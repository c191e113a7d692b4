"use strict";
// The network, and nothing of the page: from weights in 8 bits to answers, gradients and pictures of weights.

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const FEWEST_STEPS = 32, MOST_STEPS = 512; // of integrated gradients
const EXACT = 0.005, LEAST = 0.1; // how far their sum may miss, as a share of what it should be, and of next to nothing

// A text of at most that many letters, shortened in its middle: names of one kind differ in their ends.
function shortened(text, most) {
  const letters = [...text], end = (most - 1) >> 1;
  if (letters.length <= most) return text;
  return `${letters.slice(0, most - 1 - end).join("")}…${letters.slice(-end).join("")}`;
}

// What the page holds -------------------------------------------------------------------------------------------------

function bytes(base64) {
  const codes = new Uint8Array(128);
  for (let place = 0; place < 64; place++) codes[LETTERS.charCodeAt(place)] = place;
  const end = base64.length - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0);
  const found = new Uint8Array(Math.floor((end * 3) / 4));
  for (let from = 0, to = 0, kept = 0, bits = 0; from < end; from++) {
    kept = ((kept << 6) | codes[base64.charCodeAt(from)]) & 0xfff;
    bits += 6;
    if (bits >= 8) found[to++] = (kept >> (bits -= 8)) & 0xff;
  }
  return found;
}

function floats(base64) {
  return new Float32Array(bytes(base64).buffer);
}

// An array of a network: 32-bit numbers, or whole ones with a scale for each output.
function arrayOf(stored) {
  if (typeof stored === "string") return floats(stored);
  const whole = new Int8Array(bytes(stored.whole).buffer), scales = floats(stored.scales);
  const numbers = new Float32Array(whole.length);
  for (let place = 0; place < whole.length; place++) numbers[place] = whole[place] * scales[place % scales.length];
  return numbers;
}

// The steps of a snapshot's computation. Value 0 is the image, and the step number n, from 0, gives value n + 1. `about`
// says {shape: [rows, columns], steps: [{kind, reads: [values], shape, arrays, activation, hidden, ...}, ...]}, where
// `arrays` counts those of a step, of all that are `stored`, and `hidden` is the hidden layer that it completes or null.
function networkOf(about, stored) {
  const shapes = [about.shape, ...about.steps.map(({ shape }) => shape)], isPicture = [true];
  let next = 0;
  return about.steps.map((plain) => {
    const arrays = stored.slice(next, (next += plain.arrays)).map(arrayOf);
    const read = shapes[plain.reads[0]], width = plain.shape[plain.shape.length - 1];
    const step = Object.assign({ read, width, readsPicture: isPicture[plain.reads[0]] }, plain, { arrays });
    isPicture.push(step.readsPicture && step.kind === "sum" && step.activation === "linear" && step.reads.length === 1);
    return step.kind === "batch" ? Object.assign(step, normalising(step)) : step;
  });
}

// The factor and the offset by which a batch normalisation changes a channel.
function normalising({ arrays: [gamma, beta, mean, variance], epsilon }) {
  const factors = Float64Array.from(gamma, (factor, map) => factor / Math.sqrt(variance[map] + epsilon));
  const offsets = Float64Array.from(beta, (offset, map) => offset - mean[map] * factors[map]);
  return { kind: "scale", factors, offsets };
}

// Forwards ------------------------------------------------------------------------------------------------------------

// Error function within 2e-7: Abramowitz and Stegun (1964), 7.1.26.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

function sigmoid(x) {
  return 0.5 * (Math.tanh(0.5 * x) + 1);
}

const SELU_ALPHA = 1.6732632423543772, SELU_SCALE = 1.0507009873554805; // Klambauer et al. (2017)

// By name: the activation, and its slope at a sum x.
const ACTIVATIONS = {
  linear: [(x) => x, () => 1],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x) => (x > 0 ? 1 : Math.exp(x))],
  selu: [
    (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)),
  ],
  silu: [(x) => x * sigmoid(x), (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x)))],
  relu6: [(x) => Math.min(Math.max(x, 0), 6), (x) => (x > 0 && x < 6 ? 1 : 0)],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoid],
  relu: [(x) => (x > 0 ? x : 0), (x) => (x > 0 ? 1 : 0)],
  leaky_relu: [(x) => (x > 0 ? x : 0.2 * x), (x) => (x > 0 ? 1 : 0.2)],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
  sigmoid: [sigmoid, (x) => sigmoid(x) * (1 - sigmoid(x))],
  gelu: [
    (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
    (x) => 0.5 * (1 + erf(x / Math.SQRT2)) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  ],
};

// An activation and its slope by its name, which for a leaky ReLU may end with the slope below zero: `leaky_relu 0.3`.
function activationOf(name) {
  const [kind, below] = name.split(" ");
  return below ? [(x) => (x > 0 ? x : below * x), (x) => (x > 0 ? 1 : Number(below))] : ACTIVATIONS[kind];
}

// The steps without weights: which numbers of the values that one reads it adds to which of its own, and times what.
// Each calls link(place among the values, from, to, share).
const LINKS = {
  sum(step, inputs, link) {
    inputs.forEach((input, value) => {
      for (let place = 0; place < input.length; place++) link(value, place, place, 1);
    });
  },
  scale({ factors }, inputs, link) {
    for (let place = 0; place < inputs[0].length; place++) link(0, place, place, factors[place % factors.length]);
  },
  join({ shape, width }, inputs, link) {
    const places = shape.slice(0, -1).reduce((count, side) => count * side, 1);
    let first = 0;
    inputs.forEach((input, value) => {
      const own = input.length / places;
      for (let from = 0; from < input.length; from++) {
        link(value, from, ((from / own) | 0) * width + first + (from % own), 1);
      }
      first += own;
    });
  },
  pad({ top, left, read: [, columns], shape: [, wide], width }, inputs, link) {
    for (let from = 0; from < inputs[0].length; from++) {
      const place = (from / width) | 0, row = (place / columns) | 0;
      link(0, from, ((row + top) * wide + (place % columns) + left) * width + (from % width), 1);
    }
  },
  resize({ read: [rows, columns], shape: [high, wide], width }, inputs, link) {
    for (const [row, y, down] of resized(rows, high)) {
      for (const [column, x, across] of resized(columns, wide)) {
        const from = (y * columns + x) * width, to = (row * wide + column) * width;
        for (let map = 0; map < width; map++) link(0, from + map, to + map, down * across);
      }
    }
  },
  average(step, inputs, link) {
    const { shape: [high, wide], width } = step, counts = new Int32Array(high * wide);
    slide(step, (to) => counts[to]++);
    slide(step, (to, from) => {
      for (let map = 0; map < width; map++) link(0, from * width + map, to * width + map, 1 / counts[to]);
    });
  },
  max(step, [input], link) {
    const { shape: [high, wide], width } = step, best = new Int32Array(high * wide * width).fill(-1);
    slide(step, (to, from) => {
      for (let map = 0; map < width; map++) {
        const at = to * width + map, place = from * width + map;
        if (best[at] < 0 || input[place] > input[best[at]]) best[at] = place;
      }
    });
    best.forEach((from, to) => link(0, from, to, 1));
  },
};

// What each step makes of a picture (rows x columns, 0 to 1): {inputs, sums before its activation, output}.
// `passed[layer][neuron]` is 0 for one that is silenced, 1 for any other. The last step's output are the scores.
function run(network, picture, passed) {
  const values = [picture];
  return network.map((step) => {
    const inputs = step.reads.map((value) => values[value]), sums = forwards(step, inputs);
    const output = activated(sums, step, passed && passed[step.hidden]);
    values.push(output);
    return { inputs, sums, output };
  });
}

function scores(network, picture, passed) {
  return run(network, picture, passed)[network.length - 1].output;
}

function activated(sums, { activation, width }, passes) {
  if (activation === "linear" && !passes) return sums;
  const [activate] = activationOf(activation), output = new Float64Array(sums.length);
  for (let place = 0; place < sums.length; place++) {
    output[place] = passes && !passes[place % width] ? 0 : activate(sums[place]);
  }
  return output;
}

// What a step makes of the values that it reads, before its activation.
function forwards(step, inputs) {
  if (step.kind === "dense") return multiplied(inputs[0], step);
  if (step.kind === "conv") return convolved(inputs[0], step);
  if (step.kind === "layer") return centred(inputs[0], step);
  const sums = new Float64Array(step.shape.reduce((count, side) => count * side)), { offsets } = step;
  if (offsets) for (let place = 0; place < sums.length; place++) sums[place] = offsets[place % offsets.length];
  LINKS[step.kind](step, inputs, (value, from, to, share) => {
    sums[to] += share * inputs[value][from];
  });
  return sums;
}

// Linear interpolation between the centres of `size` places: [one of `count` new places, an old one, its share], ...
function resized(size, count) {
  return Array.from({ length: 2 * count }, (_, number) => {
    const place = number >> 1, centre = Math.min(Math.max(((place + 0.5) * size) / count - 0.5, 0), size - 1);
    const first = Math.floor(centre), share = centre - first;
    return number % 2 ? [place, Math.min(first + 1, size - 1), share] : [place, first, 1 - share];
  });
}

// Calls visit(to, from, place) for all places of the results of a window that slides over what a step reads, and those
// inside of what it covers; `place` counts along the window. Beyond the edges lies nothing.
function slide({ size: [down, across], stride, dilation, edges, read: [rows, columns], shape: [high, wide] }, visit) {
  for (let to = 0; to < high * wide; to++) {
    const top = ((to / wide) | 0) * stride[0] - edges[0], left = (to % wide) * stride[1] - edges[1];
    for (let place = 0; place < down * across; place++) {
      const y = top + ((place / across) | 0) * dilation[0], x = left + (place % across) * dilation[1];
      if (y >= 0 && y < rows && x >= 0 && x < columns) visit(to, y * columns + x, place);
    }
  }
}

function multiplied(input, { arrays: [kernel, biases], width }) {
  const sums = Float64Array.from(biases);
  for (let from = 0, start = 0; from < input.length; from++, start += width) {
    const value = input[from];
    if (value === 0) continue;
    for (let to = 0; to < width; to++) sums[to] += value * kernel[start + to];
  }
  return sums;
}

// The kernel lies by its places, the maps that a group reads, and the maps of all groups; a depthwise one has as many
// groups as it reads maps.
function convolved(input, step) {
  const { arrays: [kernel, biases], shape: [high, wide], width, groups, maps } = step;
  const reads = maps / groups, gives = width / groups, sums = new Float64Array(high * wide * width);
  for (let place = 0; place < sums.length; place++) sums[place] = biases[place % width];
  slide(step, (to, from, place) => {
    for (let map = 0; map < maps; map++) {
      const value = input[from * maps + map];
      if (value === 0) continue;
      const first = ((map / reads) | 0) * gives, start = (place * reads + (map % reads)) * width, goal = to * width;
      for (let out = first; out < first + gives; out++) sums[goal + out] += value * kernel[start + out];
    }
  });
  return sums;
}

// Layer normalisation (Ba et al., 2016), over the last axis.
function centred(input, step) {
  const { arrays: [gamma, beta], width } = step, sums = new Float64Array(input.length);
  for (let first = 0; first < input.length; first += width) {
    const [mean, deviation] = spread(input, first, step);
    for (let map = 0; map < width; map++) {
      sums[first + map] = (gamma[map] * (input[first + map] - mean)) / deviation + beta[map];
    }
  }
  return sums;
}

// The mean and the standard deviation of the numbers along the last axis that begin at `first`.
function spread(input, first, { width, epsilon }) {
  let mean = 0, variance = 0;
  for (let map = 0; map < width; map++) mean += input[first + map] / width;
  for (let map = 0; map < width; map++) variance += (input[first + map] - mean) ** 2 / width;
  return [mean, Math.sqrt(variance + epsilon)];
}

function softmax(logits) {
  const most = logits[largest(logits)], powers = Array.from(logits, (each) => Math.exp(each - most));
  const sum = total(powers);
  return powers.map((each) => each / sum);
}

function total(numbers) {
  let sum = 0;
  for (const each of numbers) sum += each;
  return sum;
}

function largest(numbers) {
  let best = 0;
  for (let place = 1; place < numbers.length; place++) if (numbers[place] > numbers[best]) best = place;
  return best;
}

// One number for each neuron of a layer; of a feature map the mean over its places.
function responses(step, width) {
  const sums = new Float64Array(width), places = step.output.length / width;
  for (let place = 0; place < step.output.length; place++) sums[place % width] += step.output[place] / places;
  return sums;
}

// Backwards -----------------------------------------------------------------------------------------------------------

// How the scores, weighted with `direction`, change with each pixel that has ink; zero for the others.
function gradient(network, picture, direction, passed) {
  const traces = run(network, picture, passed), slopes = traces.map(() => null);
  slopes.push(Float64Array.from(direction));
  for (let number = network.length - 1; number >= 0; number--) {
    const step = network[number], own = slopes[number + 1], { inputs, sums } = traces[number];
    bend(own, sums, step, passed && passed[step.hidden]);
    const goals = step.reads.map((value, at) => (slopes[value] = slopes[value] || new Float64Array(inputs[at].length)));
    backwards(step, own, inputs, goals, step.readsPicture ? picture : null);
  }
  return slopes[0].map((slope, place) => (picture[place] ? slope : 0));
}

// From how the scores change with a step's output to how they change with its sums, in place.
function bend(slopes, sums, { activation, width }, passes) {
  if (activation === "linear" && !passes) return;
  const [, slope] = activationOf(activation);
  for (let place = 0; place < slopes.length; place++) {
    if (slopes[place] !== 0) slopes[place] *= passes && !passes[place % width] ? 0 : slope(sums[place]);
  }
}

// Add to `goals`, for each value that a step reads, how the scores change with it, given how they change with the sums.
// Of a picture the pixels without ink may be left out.
function backwards(step, slopes, inputs, goals, picture) {
  if (step.kind === "dense") multipliedBack(slopes, step, goals[0], picture);
  else if (step.kind === "conv") convolvedBack(slopes, step, goals[0], picture);
  else if (step.kind === "layer") centredBack(slopes, step, inputs[0], goals[0]);
  else {
    LINKS[step.kind](step, inputs, (value, from, to, share) => {
      goals[value][from] += share * slopes[to];
    });
  }
}

function multipliedBack(slopes, { arrays: [kernel], width }, goal, picture) {
  for (let to = 0, start = 0; to < goal.length; to++, start += width) {
    if (picture && picture[to] === 0) continue;
    let sum = 0;
    for (let from = 0; from < width; from++) sum += slopes[from] * kernel[start + from];
    goal[to] += sum;
  }
}

function convolvedBack(slopes, step, goal, picture) {
  const { arrays: [kernel], width, groups, maps } = step, reads = maps / groups, gives = width / groups;
  let last = -1, speaking = []; // most slopes are zero, behind the pooling
  slide(step, (to, from, place) => {
    if (picture && picture[from] === 0) return;
    if (to !== last) {
      speaking = [];
      for (let out = 0; out < width; out++) if (slopes[to * width + out] !== 0) speaking.push(out);
      last = to;
    }
    for (const out of speaking) {
      const slope = slopes[to * width + out], first = from * maps + ((out / gives) | 0) * reads;
      const start = place * reads * width + out;
      for (let map = 0; map < reads; map++) goal[first + map] += slope * kernel[start + map * width];
    }
  });
}

function centredBack(slopes, step, input, goal) {
  const { arrays: [gamma], width } = step;
  for (let first = 0; first < input.length; first += width) {
    const [mean, deviation] = spread(input, first, step);
    const away = (map) => (input[first + map] - mean) / deviation, own = (map) => gamma[map] * slopes[first + map];
    let sum = 0, along = 0;
    for (let map = 0; map < width; map++) {
      sum += own(map) / width;
      along += (own(map) * away(map)) / width;
    }
    for (let map = 0; map < width; map++) goal[first + map] += (own(map) - sum - away(map) * along) / deviation;
  }
}

function dot(one, other) {
  let sum = 0;
  for (let place = 0; place < one.length; place++) sum += one[place] * other[place];
  return sum;
}

// Integrated gradients (Sundararajan et al., 2017) from an empty picture, with as many steps as their sum needs. Returns
// a function that takes one step each time it is called, and returns null until it has {heat, total, difference}: each
// pixel's part, their sum, and what that should be.
function integrated(network, picture, direction, passed) {
  const score = (each) => dot(direction, scores(network, each, passed));
  const difference = score(picture) - score(new Float32Array(picture.length));
  let heat = new Float64Array(picture.length), steps = FEWEST_STEPS, done = 0;
  return () => {
    const share = (done + 0.5) / steps;
    const slopes = gradient(network, picture.map((value) => share * value), direction, passed);
    for (let place = 0; place < heat.length; place++) heat[place] += picture[place] * slopes[place];
    done += 1;
    if (done < steps) return null;
    const sum = total(heat) / steps;
    const isExact = Math.abs(sum - difference) <= EXACT * Math.max(Math.abs(difference), LEAST);
    if (isExact || steps >= MOST_STEPS) return { heat: heat.map((each) => each / steps), total: sum, difference };
    heat = new Float64Array(picture.length);
    steps *= 4;
    done = 0;
    return null;
  };
}

// Pictures of weights -------------------------------------------------------------------------------------------------

// What leads into a neuron: {values, rows, columns}, its kernel averaged over the maps that it reads. `path` are the
// steps of dense layers that end at its own, multiplied as if nothing were bent between them.
function weightPicture(network, { path, rows, columns, maps }, neuron) {
  const steps = path.map((number) => network[number]), { arrays: [kernel], width } = steps.pop();
  let values = Float64Array.from({ length: kernel.length / width }, (_, from) => kernel[from * width + neuron]);
  for (const below of steps.reverse()) {
    const through = new Float64Array(below.arrays[0].length / below.width);
    multipliedBack(values, below, through, null);
    values = through;
  }
  const means = new Float64Array(rows * columns);
  for (let place = 0; place < values.length; place++) means[(place / maps) | 0] += values[place] / maps;
  return { values: means, rows, columns };
}
