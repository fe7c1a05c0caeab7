//! The server by HTTP: requests, answers, limits, and the pages as a browser without JavaScript gets them.

mod api;
mod doors;
mod edit;
mod ends;
mod exports;
mod korean;
mod lessons;
mod machines;
mod matrix;
mod pages;
mod policy;
mod predict;
mod reach;
mod requests;
mod share;
mod sockets;
mod store;
mod time;
mod topology;
mod view;
mod weight;
