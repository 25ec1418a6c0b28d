// Runs once in a browser, beside its tabs: holds the event stream, and passes on what comes. It says that it is alive, for it ends with the tab that it
// began in when that one crashes.

import { Stream } from "./stream.js";

const tabs = new Set();
const stream = new Stream((news) => tabs.forEach((tab) => tab.postMessage(news)));
setInterval(() => tabs.forEach((tab) => tab.postMessage({ alive: true })), 2000);

self.onconnect = ({ ports: [tab] }) => {
  tab.onmessage = ({ data }) => {
    if (data.listen) {
      tabs.add(tab);
      stream.open(data.listen);
      if (stream.isOpen) {
        tab.postMessage({ open: true });
      }
    } else if (data.drop) {
      stream.drop();
    } else {
      tabs.delete(tab);
      if (tabs.size === 0) {
        stream.close(); // or the node would think that somebody is still there
      }
    }
  };
};
