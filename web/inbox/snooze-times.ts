/** When a snoozed conversation may come back. Pure: local time, at nine in the morning. */
export type SnoozeId = "later" | "tomorrow" | "weekend" | "week";

export interface SnoozeChoice {
  id: SnoozeId;
  at: Date;
}

const morningHour = 9;

function morningIn(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, morningHour);
}

/** The choices that make sense now, soonest first, each moment once. */
export function snoozeChoices(now: Date): SnoozeChoice[] {
  const weekday = now.getDay();
  const choices: SnoozeChoice[] = [];
  if (now.getHours() < 18) {
    choices.push({
      id: "later",
      at: new Date(now.getFullYear(), now.getMonth(), now.getDate(), now.getHours() + 3),
    });
  }
  choices.push({ id: "tomorrow", at: morningIn(now, 1) });
  const toSaturday = 6 - weekday;
  if (toSaturday > 1) choices.push({ id: "weekend", at: morningIn(now, toSaturday) });
  const toMonday = (8 - weekday) % 7 || 7;
  if (toMonday > 1) choices.push({ id: "week", at: morningIn(now, toMonday) });
  return choices;
}
