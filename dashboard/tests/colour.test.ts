import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { STEPS } from '../lib/format/heat.ts';
import { contrast, difference, lightOf, mixed, seenWith, VISIONS } from './colour.ts';

// Compiled tests stand in a folder of their own beside the sources.
const styles = (name: string) => readFileSync(new URL(`../../styles/${name}`, import.meta.url), 'utf8');
const TOKENS = styles('tokens.css');
const HEAT = styles('heat.css');

type Scheme = 'light' | 'dark';
const SCHEMES: readonly Scheme[] = ['light', 'dark'];
const JUST_NOTICEABLE = 0.02;
const LEGIBLE = 4.5;

function token(name: string, scheme: Scheme): string {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(TOKENS);
  assert.ok(found, `${name} has a colour for each scheme`);
  return found[scheme === 'light' ? 1 : 2]!;
}

/** The colours of the steps from none to full, as the style sheet mixes them. */
function steps(scheme: Scheme): readonly string[] {
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const part = step === 0 ? 0 : Number(new RegExp(`data-step='${step}'\\] \\{\\s*--part: (\\d+)%`).exec(HEAT)?.[1]);
    return mixed(token('heat', scheme), token('page', scheme), part / 100);
  });
}

test('text is legible on every step, and on the pattern of what may still change', () => {
  const drawn = Number(/var\(--text\) (\d+)%/.exec(HEAT)?.[1]) / 100;
  assert.ok(drawn > 0);
  for (const scheme of SCHEMES) {
    const text = token('text', scheme);
    for (const [step, colour] of steps(scheme).entries()) {
      assert.ok(contrast(text, colour) >= LEGIBLE, `${scheme}, step ${step}`);
      const stripe = mixed(text, colour, drawn);
      assert.ok(contrast(text, stripe) >= LEGIBLE, `${scheme}, stripes of step ${step}`);
    }
  }
});

test('each step looks unlike the next, whichever cones an eye lacks', () => {
  for (const scheme of SCHEMES) {
    for (const [name, vision] of Object.entries(VISIONS)) {
      const seen = steps(scheme).map((colour) => seenWith(vision, lightOf(colour)));
      for (let step = 1; step < seen.length; step += 1) {
        const apart = difference(seen[step - 1]!, seen[step]!);
        assert.ok(apart >= JUST_NOTICEABLE, `${scheme}, ${name}: steps ${step - 1} and ${step} are ${apart} apart`);
      }
    }
  }
});

test('every colour of text is legible on what it stands on', () => {
  const pairs: readonly (readonly [string, string])[] = [
    ['text', 'page'],
    ['text', 'raised'],
    ['text', 'canvas'],
    ['quiet', 'page'],
    ['quiet', 'raised'],
    ['quiet', 'canvas'],
    ['accent', 'page'],
    ['accent', 'accent-soft'],
    ['good', 'good-soft'],
    ['warning', 'warning-soft'],
    ['bad', 'bad-soft'],
  ];
  for (const scheme of SCHEMES) {
    for (const [text, ground] of pairs) {
      const found = contrast(token(text, scheme), token(ground, scheme));
      assert.ok(found >= LEGIBLE, `${scheme}: ${text} on ${ground} is ${found}`);
    }
    assert.ok(contrast('#ffffff', token('accent-fill', scheme)) >= LEGIBLE);
  }
});

test('contrast and difference are those of published examples', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21);
  assert.ok(Math.abs(contrast('#777777', '#ffffff') - 4.48) < 0.01);
  assert.ok(Math.abs(difference(lightOf('#000000'), lightOf('#ffffff')) - 1) < 0.001);
});
