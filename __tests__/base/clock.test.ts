import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fakeClock } from 'ai-sentinel/testing';
import { schedule } from '../../lib/base/clock.ts';

describe('schedule on the system’s timers', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const clock = () => Date.now();
  const day = 24 * 60 * 60 * 1000;

  it.each([0, 1, 1000, 24 * day, 25 * day, 100 * day])('runs once, after %d ms', (delay) => {
    const runs: string[] = [];
    schedule(clock, delay, (subject: string) => runs.push(subject), 'subject');
    jest.advanceTimersByTime(Math.max(0, delay - 1));
    expect(runs).toEqual(delay === 0 ? ['subject'] : []);
    jest.advanceTimersByTime(1);
    expect(runs).toEqual(['subject']);
    jest.advanceTimersByTime(50 * day);
    expect(runs).toEqual(['subject']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([1000, 100 * day])('runs never once it is disposed of (%d ms)', (delay) => {
    const runs: unknown[] = [];
    const timer = schedule(clock, delay, (subject) => runs.push(subject), undefined);
    jest.advanceTimersByTime(delay / 2);
    timer[Symbol.dispose]();
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(2 * delay);
    expect(runs).toEqual([]);
  });
});

describe('fakeClock', () => {
  it('stands still until it is moved', async () => {
    const clock = fakeClock(1000);
    expect(clock()).toBe(1000);
    await clock.advance(500);
    expect(clock()).toBe(1500);
    await clock.advance(0);
    expect(clock()).toBe(1500);
    expect(fakeClock()()).toBe(Date.UTC(2026, 0, 1));
  });

  it('runs what is due, each at its own time, in order, those set meanwhile included', async () => {
    const clock = fakeClock(0);
    const ran: [string, number][] = [];
    const note = (name: string) => () => ran.push([name, clock()]);
    clock.schedule(30, note('c'));
    clock.schedule(10, note('a'));
    clock.schedule(10, note('a, set later'));
    clock.schedule(20, () => {
      note('b')();
      clock.schedule(5, note('set by b'));
      clock.schedule(0, note('set by b for now'));
    });
    clock.schedule(31, note('too late'));
    expect(clock.pending).toBe(5);
    await clock.advance(30);
    expect(ran).toEqual([
      ['a', 10],
      ['a, set later', 10],
      ['b', 20],
      ['set by b for now', 20],
      ['set by b', 25],
      ['c', 30],
    ]);
    expect(clock.pending).toBe(1);
    expect(clock()).toBe(30);
  });

  it('lets promises go on in between, however many hang on one another', async () => {
    const clock = fakeClock(0);
    const seen: number[] = [];
    const sleep = (ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve));
    const walk = async () => {
      for (let step = 0; step < 5; step++) {
        await sleep(10);
        for (let hop = 0; hop < 100; hop++) await null;
        seen.push(clock());
      }
    };
    const walking = walk();
    await clock.advance(50);
    expect(seen).toEqual([10, 20, 30, 40, 50]);
    await walking;
  });

  it('forgets what is called off', async () => {
    const clock = fakeClock();
    const off = clock.schedule(10, () => expect(true).toBe(false));
    off();
    off();
    expect(clock.pending).toBe(0);
    await clock.advance(100);
  });

  it('can be set forth and back, by which no time passes', async () => {
    const clock = fakeClock(1000);
    let ran = 0;
    clock.schedule(100, () => ran++);
    clock.set(5000);
    expect(clock()).toBe(5000);
    await clock.advance(99);
    expect(ran).toBe(0);
    clock.set(10);
    expect(clock()).toBe(10);
    await clock.advance(1);
    expect(ran).toBe(1);
    expect(clock()).toBe(11);
  });

  it('goes back by set only', async () => {
    await expect(fakeClock().advance(-1)).rejects.toThrow(RangeError);
    await expect(fakeClock().advance(Number.NaN)).rejects.toThrow(RangeError);
  });
});
