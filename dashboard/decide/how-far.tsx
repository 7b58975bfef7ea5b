import type { Choice } from '../words/coverage.ts';

/** How far the approval goes: as asked, or narrower. */
export function HowFar({
  choices,
  chosen,
  onChoose,
}: {
  readonly choices: readonly Choice[];
  readonly chosen: string;
  readonly onChoose: (key: string) => void;
}) {
  return (
    <fieldset class="how-far">
      <legend class="eyebrow">How far it goes</legend>
      {choices.map(({ key, label, hint }) => (
        <label key={key} class={key === chosen ? 'option on' : 'option'}>
          <input
            type="radio"
            name="how-far"
            checked={key === chosen}
            onChange={() => onChoose(key)}
          />
          <span>{label}</span>
          <span class="hint">{hint}</span>
        </label>
      ))}
    </fieldset>
  );
}
