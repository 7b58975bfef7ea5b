import assert from 'node:assert/strict';
import { bob, carol, chapter, dave, digest, MINUTE, malformed, refused } from './bench.ts';

/** An approver may give less than the rule offers, never more. */
export const narrowing = chapter('Narrowing', ({ decides }) => {
  const a = { name: 'a' };
  const b = { name: 'b' };

  decides('gives what the rule offers where nothing else is wished', async (bench) => {
    const { clock, get, grant } = bench;
    const spec = { maxUses: 3, grantDuration: '10m' };
    const { grant: given } = await get(await grant({ spec }));
    assert.deepEqual(given, {
      state: 'active',
      scope: 'tool',
      since: clock(),
      expiresAt: clock() + 10 * MINUTE,
      used: 0,
      usesLeft: 3,
    });
  });

  decides('narrows to the one input that was asked for', async ({ admin, open, covering, get }) => {
    const id = await open({ input: a });
    const request = await admin.approve(id, { approver: bob, scope: 'input' });
    assert.equal(request.grant?.scope, 'input');
    assert.equal(request.grant?.digest, digest(a));
    assert.equal(await covering({ input: a }), id);
    assert.notEqual(await open({ input: b }), id);
    assert.deepEqual((await get(id)).grant, request.grant);
  });

  decides('narrows to one of several inputs by its digest', async ({ admin, open, covering }) => {
    const id = await open({ input: a });
    await open({ input: b });
    await malformed(admin.approve(id, { approver: bob, scope: 'input' }), 'digest');
    await admin.approve(id, { approver: bob, scope: 'input', digest: digest(b) });
    assert.equal(await covering({ input: b }), id);
    assert.notEqual(await open({ input: a }), id);
  });

  decides('takes a digest alone for that input only', async ({ admin, open }) => {
    const id = await open({ input: a });
    const { grant } = await admin.approve(id, { approver: bob, digest: digest(a) });
    assert.equal(grant?.scope, 'input');
    assert.equal(grant?.digest, digest(a));
  });

  decides('narrows duration and uses', async ({ admin, open, clock }) => {
    const id = await open({ spec: { maxUses: 5 } });
    const { grant } = await admin.approve(id, { approver: bob, durationMs: MINUTE, maxUses: 2 });
    assert.equal(grant?.expiresAt, clock() + MINUTE);
    assert.equal(grant?.usesLeft, 2);
  });

  decides('sets a number of uses where the rule has no limit', async ({ admin, open }) => {
    const { grant } = await admin.approve(await open(), { approver: bob, maxUses: 1000 });
    assert.equal(grant?.usesLeft, 1000);
  });

  decides('refuses to widen, in every respect, and stays open', async ({ admin, open, get }) => {
    const spec = { grantScope: 'input', maxUses: 2, grantDuration: '10m' } as const;
    const id = await open({ spec, input: a });
    const approve = (wish: object) => admin.approve(id, { approver: bob, ...wish });
    await refused(approve({ scope: 'tool' }), 'cannot_widen');
    await refused(approve({ digest: digest(b) }), 'cannot_widen');
    await refused(approve({ scope: 'input', digest: digest(b) }), 'cannot_widen');
    await refused(approve({ maxUses: 3 }), 'cannot_widen');
    await refused(approve({ durationMs: 10 * MINUTE + 1 }), 'cannot_widen');
    assert.equal((await get(id)).status, 'pending');
    const { grant } = await approve({
      scope: 'input',
      digest: digest(a),
      maxUses: 2,
      durationMs: 10 * MINUTE,
    });
    assert.equal(grant?.state, 'active');
  });

  decides('refuses wishes that mean nothing', async ({ admin, open, get }) => {
    const id = await open();
    const approve = (wish: object) => admin.approve(id, { approver: bob, ...wish });
    for (const durationMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await malformed(approve({ durationMs }), 'durationMs');
    }
    for (const maxUses of [0, -1, 1.5, Number.NaN])
      await malformed(approve({ maxUses }), 'maxUses');
    await malformed(approve({ scope: 'everything' }), 'scope');
    await malformed(approve({ scope: 'tool', digest: digest({ name: 'orders' }) }), 'digest');
    assert.equal((await get(id)).status, 'pending');
  });

  decides('counts the narrowest of several approvals, in each respect', async (bench) => {
    const { admin, clock, open } = bench;
    const id = await open({ input: a, spec: { requiredApprovals: 3, maxUses: 9 } });
    await open({ input: b, spec: { requiredApprovals: 3, maxUses: 9 } });
    await admin.approve(id, { approver: bob, maxUses: 2 });
    await admin.approve(id, { approver: carol, scope: 'input', digest: digest(b), maxUses: 5 });
    await clock.advance(MINUTE);
    const { grant } = await admin.approve(id, { approver: dave, durationMs: 3 * MINUTE });
    assert.deepEqual(grant, {
      state: 'active',
      scope: 'input',
      digest: digest(b),
      since: clock(),
      expiresAt: clock() + 3 * MINUTE,
      used: 0,
      usesLeft: 2,
    });
  });

  decides('refuses another input than an earlier approver narrowed to', async ({ admin, open }) => {
    const id = await open({ input: a, spec: { requiredApprovals: 2 } });
    await open({ input: b, spec: { requiredApprovals: 2 } });
    await admin.approve(id, { approver: bob, digest: digest(a) });
    await refused(admin.approve(id, { approver: carol, digest: digest(b) }), 'cannot_widen');
    const { grant } = await admin.approve(id, { approver: carol });
    assert.equal(grant?.digest, digest(a));
  });

  decides('covers also the inputs that joined, where the scope is the tool', async (bench) => {
    const { admin, covering, open } = bench;
    const id = await open({ input: a });
    await open({ input: b });
    await admin.approve(id, { approver: bob });
    for (const input of [a, b, { name: 'never asked for' }]) {
      assert.equal(await covering({ input }), id);
    }
  });

  decides('refuses a decision about less than what is asked for by now', async (bench) => {
    const { admin, get, open } = bench;
    const id = await open({ input: a });
    const { version } = await get(id);
    await open({ input: a });
    assert.equal((await get(id)).version, version);
    await open({ input: b });
    await refused(admin.approve(id, { approver: bob, expectedVersion: version }), 'changed');
    assert.equal((await get(id)).status, 'pending');
    const seen = (await get(id)).version;
    const { status } = await admin.approve(id, { approver: bob, expectedVersion: seen });
    assert.equal(status, 'approved');
  });
});
