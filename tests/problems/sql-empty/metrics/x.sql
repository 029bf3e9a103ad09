/* ---
title: Flights
--- */

