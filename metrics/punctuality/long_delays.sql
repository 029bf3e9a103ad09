/* ---
title: Delays over an hour
question: How many passengers lose an hour at the gate?
owner: eve
unit: "%"
format: ".1%"
direction: down
grain: week
dimensions: [origin, carrier]
labels: {carrier: carriers.name}
numerator: long_delays
denominator: scheduled
max_age: 8 days
description: Share of scheduled flights that leave more than 60 minutes late.
--- */
SELECT week, origin, carrier, long_delays, scheduled, long_delays / scheduled AS value
FROM metrics._weekly
