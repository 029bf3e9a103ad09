/* ---
title: Operated: all
--- */
SELECT * FROM flights
