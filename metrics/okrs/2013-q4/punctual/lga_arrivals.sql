/* ---
title: LaGuardia's flights arrive on time
owner: jonas
unit: "%"
format: ".1%"
direction: up
grain: week
max_age: 8 days
type: increase
baseline: 0.753
target: 0.86
confidence: 3
challenges:
  - We leave on time and still arrive late. The schedule allows less time in the air than the autumn winds take.
  - I promised a number that the carriers' schedules decide, and I did not talk to them first.
plan:
  - {what: Compare scheduled and actual flying time of our 30 longest routes, who: jonas, due: 2013-11-15}
  - {what: Agree on six to ten more minutes with Envoy and American, who: [jonas, sam], due: 2013-12-06}
help_wanted:
  - {what: An introduction to the schedule planners of Envoy Air, who: sam, how_much: two calls, by: 2013-11-27}
description: Share of LaGuardia's scheduled flights that arrive no later than 15 minutes after schedule.
--- */
SELECT week, sum(arrived_on_time) / sum(scheduled) AS value
FROM metrics.on_time_arrivals
WHERE origin = 'LGA'
GROUP BY week
