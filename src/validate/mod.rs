//! A message against an operation → violations with pointer, keyword and place.
