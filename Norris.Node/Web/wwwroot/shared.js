// Runs once in a browser, beside its tabs: holds the event stream, and passes on what comes.

import { Stream } from "./stream.js";

const tabs = new Set();
const stream = new Stream((news) => tabs.forEach((tab) => tab.postMessage(news)));

self.onconnect = ({ ports: [tab] }) => {
  tab.onmessage = ({ data }) => {
    if (data.listen) {
      tabs.add(tab);
      stream.open(data.listen);
      if (stream.isOpen) {
        tab.postMessage({ open: true });
      }
    } else {
      tabs.delete(tab);
      if (tabs.size === 0) {
        stream.close(); // or the node would think that somebody is still there
      }
    }
  };
};
