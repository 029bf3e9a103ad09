/* ---
title: JFK leaves on time
owner: maria
unit: "%"
format: ".1%"
direction: up
grain: week
max_age: 8 days
type: increase
baseline: 0.757            # third quarter
target: 0.88
confidence: 7
challenges:
  - The evening bank from 17:00 is twelve points worse than the morning, and Thanksgiving falls into it.
  - Two gates of Terminal 4 are closed until mid-December.
plan:
  - {what: Move three banks of departures by ten minutes, who: maria, due: 2013-11-08, done: 2013-11-06}
  - {what: Second pushback crew for the evening bank, who: maria, due: 2013-11-25}
help_wanted:
  - {what: A second tow team for the Thanksgiving week, who: jonas, how_much: four people for six days, by: 2013-11-25}
decisions:
  - what: May JFK have LaGuardia's tow team from 26 November to 1 December, though LaGuardia then leaves later?
    who: jonas
    by: 2013-11-25
description: Departures from JFK no later than 15 minutes after schedule; cancelled flights count as late.
revisions:
  - date: 2013-11-04
    reason: was_wrong
    why: >
      Cancelled flights were left out, so the number looked better than what travellers felt. A flight that never
      leaves is not a flight that left on time. Sam found it when he compared my number with his.
    we_will: >
      Count them as late from now on, in the baseline too, and lower the target from 90% to 88%, which is as far to
      go as before. The snow plan now names who decides on cancellations, and when.
--- */
SELECT week, sum(on_time) / sum(scheduled) AS value
FROM metrics.on_time_departures
WHERE origin = 'JFK'
GROUP BY week
