/* ---
title: Flights
*/
SELECT 1 AS value
