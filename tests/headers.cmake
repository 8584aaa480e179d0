# Every header compiles alone: one unit a header, which includes nothing else and sees no precompiled header. The target
# `headers` is no part of the normal build.
file(GLOB_RECURSE header_files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/*.h" "${CMAKE_SOURCE_DIR}/tests/runner/*.h")
list(FILTER header_files EXCLUDE REGEX "/precompiled\\.h$")
foreach(header IN LISTS header_files)
  file(RELATIVE_PATH name "${CMAKE_SOURCE_DIR}" "${header}")
  string(REGEX REPLACE "^(src|tests)/" "" include "${name}")
  set(unit "${CMAKE_BINARY_DIR}/headers/${include}.cc")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "#include \"${include}\"\n")
  list(APPEND header_units "${unit}")
endforeach()
add_library(headers OBJECT EXCLUDE_FROM_ALL ${header_units})
add_dependencies(headers models)
target_include_directories(headers PRIVATE "${CMAKE_SOURCE_DIR}/tests")
