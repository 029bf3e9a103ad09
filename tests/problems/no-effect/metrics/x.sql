/* ---
title: Flights
kind: table
grain: week
--- */
SELECT * FROM flights
