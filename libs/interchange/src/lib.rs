//! Plans in other programs' words: Microsoft Project XML (MSPDI), Primavera XER, CSV and iCalendar.
//! Reads from and writes to streams, in bounded memory; knows nothing of where plans are kept.
