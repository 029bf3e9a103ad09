/* ---
title: On-time departures
question: What share of our flights leaves on time?
synonyms: [punctuality, OTP, departures on schedule]
owner: maria
unit: "%"
direction: up
grain: week
dimensions: [origin, carrier]
labels: {carrier: carriers.name}
numerator: on_time
denominator: scheduled
max_age: 8 days
target: 0.85
description: Departures no later than 15 minutes after schedule; cancelled flights count as late.
--- */
SELECT week, origin, carrier, on_time, scheduled, on_time / scheduled AS value
FROM metrics._weekly
