/* ---
title: Operated flights
description: Flights that left the gate; a flight without a departure delay was cancelled.
owner: sam
--- */
SELECT *
FROM flights
WHERE dep_delay IS NOT NULL
