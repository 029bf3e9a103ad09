/* ---
title: Flights
--- */
INSERT INTO flights VALUES (1)
