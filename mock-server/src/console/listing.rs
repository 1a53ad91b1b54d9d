//! Windows of long lists: the filter and the pages, both in the address.
