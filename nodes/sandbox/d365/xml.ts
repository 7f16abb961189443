export interface XmlElement {
  name: string;
  text: string;
  children: XmlElement[];
}

/** Reads the XML of a data package: elements with text and children. Throws where it is not well formed. */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: '', text: '', children: [] };
  const open = [root];
  const pattern = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w.:-]+)[^>]*?(\/?)>|([^<]+)/g;
  for (const match of source.matchAll(pattern)) {
    const [, closing, name, empty, text] = match;
    const top = open.at(-1);
    if (!top) throw new Error('The document is not well formed');
    if (text !== undefined) top.text += unescape(text);
    if (name === undefined) continue;
    if (closing === '/') {
      if (top.name !== name || open.length === 1) throw new Error('The document is not well formed');
      open.pop();
      continue;
    }
    const element: XmlElement = { name, text: '', children: [] };
    top.children.push(element);
    if (empty !== '/') open.push(element);
  }
  const [document] = root.children;
  if (open.length !== 1 || !document) throw new Error('The document is not well formed');
  return document;
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
