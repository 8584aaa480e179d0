#pragma once

#include <sqlite3.h>

#include <cstdint>

namespace cloudtrail {

// Trino's functions that SQLite has not, or has otherwise, for one connection. `now_ms` is what now() answers and must
// live as long as the connection.
void add_sql_functions(sqlite3* database, const std::int64_t* now_ms);

}  // namespace cloudtrail
