/* ---
title: B
--- */
SELECT flight_date, value FROM metrics.c
