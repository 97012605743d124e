// SPDX-License-Identifier: Apache-2.0
// The product pictures, drawn: no photo needs a licence, and the files are small and the same everywhere.

// kind -> [background light, background dark, main colour, shade, drawing]
const drawings = {
  'mug': ['#f6eee3', '#e2cfb6', '#7d8f96', '#5f7078', `
    <path d="M258 128h26a34 34 0 0 1 0 74h-26v-18h22a18 18 0 0 0 0-38h-22z" fill="SHADE"/>
    <path d="M130 108h136v96a34 34 0 0 1-34 34h-68a34 34 0 0 1-34-34z" fill="url(#main)"/>
    <ellipse cx="198" cy="108" rx="68" ry="13" fill="SHADE"/>
    <ellipse cx="198" cy="110" rx="58" ry="9" fill="#4a2f1d"/>
    <path d="M176 84c-10-14 10-20 0-36M204 80c-10-14 10-20 0-36" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" opacity=".7"/>`],
  'kettle': ['#e6eef0', '#c3d4d8', '#3d5a66', '#2a424c', `
    <path d="M134 120c-40-4-34 60-64 58l-4 10c44 8 42-38 66-40z" fill="SHADE"/>
    <path d="M128 238l16-120a26 26 0 0 1 26-22h60a26 26 0 0 1 26 22l16 120z" fill="url(#main)"/>
    <path d="M252 112c52-2 58 76 16 92l-4-14c26-14 20-64-10-62z" fill="#8a5a36"/>
    <rect x="164" y="84" width="72" height="16" rx="8" fill="SHADE"/>
    <circle cx="200" cy="76" r="10" fill="#8a5a36"/>`],
  'desk-lamp': ['#fdf3dc', '#f1d9a3', '#d26a3a', '#a94f28', `
    <path d="M106 122L20 238h176z" fill="#fff6c9" opacity=".75"/>
    <path d="M226 226l34-88-106-44" fill="none" stroke="#37474f" stroke-width="9" stroke-linejoin="round" stroke-linecap="round"/>
    <circle cx="260" cy="138" r="11" fill="#37474f"/>
    <path d="M84 128l70-58 26 34-46 44z" fill="url(#main)"/>
    <rect x="176" y="224" width="104" height="14" rx="7" fill="SHADE"/>`],
  'pendant': ['#ece7f3', '#cdc2de', '#57467c', '#3e315c', `
    <path d="M128 172L72 262h256l-56-90z" fill="#fff4c4" opacity=".7"/>
    <path d="M200 0v84" stroke="#2c2c34" stroke-width="5"/>
    <path d="M116 174a84 84 0 0 1 168 0z" fill="url(#main)"/>
    <rect x="186" y="76" width="28" height="20" rx="6" fill="SHADE"/>
    <ellipse cx="200" cy="174" rx="84" ry="12" fill="SHADE"/>
    <ellipse cx="200" cy="176" rx="30" ry="8" fill="#fff2b0"/>`],
  'notebook': ['#e4efe6', '#bcd6c2', '#2f6b52', '#214d3b', `
    <rect x="128" y="58" width="150" height="186" rx="8" fill="#fff" transform="rotate(5 200 150)"/>
    <rect x="124" y="54" width="150" height="186" rx="8" fill="url(#main)"/>
    <rect x="124" y="54" width="24" height="186" rx="8" fill="SHADE"/>
    <rect x="168" y="88" width="84" height="40" rx="4" fill="#f4ead0"/>
    <path d="M178 104h64M178 114h40" stroke="#8d8264" stroke-width="3"/>
    <path d="M254 54v196l-8-10-8 10V54z" fill="#c8562b"/>`],
  'pen': ['#f0eadf', '#d9c9ab', '#24303c', '#b78a3c', `
    <g transform="rotate(-38 200 150)">
      <rect x="66" y="136" width="150" height="30" rx="14" fill="url(#main)"/>
      <rect x="206" y="134" width="14" height="34" fill="SHADE"/>
      <path d="M220 138h54l22 9v8l-22 9h-54z" fill="#39485a"/>
      <path d="M294 143l46 8-46 8z" fill="SHADE"/>
      <rect x="84" y="128" width="92" height="6" rx="3" fill="SHADE"/>
    </g>
    <path d="M104 252c40-26 60 22 98-2s60 6 92-6" fill="none" stroke="#24406b" stroke-width="4" stroke-linecap="round"/>`],
  'blanket': ['#e5ecf5', '#bccde3', '#34598a', '#26436a', `
    <path d="M92 92h190a26 26 0 0 1 26 26v40H92z" fill="SHADE"/>
    <rect x="92" y="120" width="216" height="56" rx="26" fill="url(#main)"/>
    <rect x="84" y="170" width="232" height="66" rx="30" fill="url(#main)"/>
    <path d="M150 122v52M170 122v52M250 122v52M150 172v62M170 172v62M250 172v62" stroke="#dfe9f6" stroke-width="5" opacity=".8"/>
    <path d="M96 236v16M116 238v16M136 238v16M156 238v16M176 238v16M196 238v16M216 238v16M236 238v16M256 238v16M276 238v16M300 236v16" stroke="SHADE" stroke-width="4"/>`],
  'cushion': ['#f8e8e4', '#e6c2b8', '#bd5d4c', '#8f4236', `
    <path d="M112 76q88 22 176 0 24 76 0 154-88-22-176 0-24-78 0-154z" fill="url(#main)"/>
    <path d="M150 84v144M200 87v138M250 84v144M106 118q94 14 188 0M102 156h196M106 194q94-14 188 0" fill="none" stroke="#fff" stroke-width="3" opacity=".35"/>
    <circle cx="200" cy="155" r="9" fill="SHADE"/>`],
  'pot': ['#eaf3e3', '#c6dfb4', '#c4703f', '#9a5229', `
    <path d="M200 150c-8-60-62-70-84-58 6 34 44 62 84 58zM200 150c2-70 50-96 84-88 4 40-34 86-84 88zM200 150c-20-40-14-92 4-112 22 24 22 76-4 112z" fill="#3f7d46"/>
    <path d="M200 150c0-40 2-70 4-96" stroke="#2c5a33" stroke-width="4" fill="none"/>
    <path d="M140 160h120l-16 84h-88z" fill="url(#main)"/>
    <rect x="130" y="146" width="140" height="24" rx="6" fill="SHADE"/>`],
  'watering-can': ['#e3f1f1', '#b4d6d6', '#3c8487', '#2a6164', `
    <path d="M148 176L70 104l-14 12 92 108z" fill="SHADE"/>
    <path d="M48 112l28-28 10 12-26 28z" fill="url(#main)"/>
    <path d="M238 116c60-10 80 70 24 96l-6-16c34-20 20-66-18-62z" fill="SHADE"/>
    <path d="M144 122h112l10 120H134z" fill="url(#main)"/>
    <path d="M150 122c0-50 96-50 96 0" fill="none" stroke="SHADE" stroke-width="12"/>
    <path d="M46 132l-8 20M58 140l-6 22M36 120l-14 16" stroke="#6db3d9" stroke-width="4" stroke-linecap="round"/>`],
  'headphones': ['#ebebee', '#c9c9d2', '#2e2f3a', '#c8562b', `
    <path d="M110 178a90 96 0 0 1 180 0" fill="none" stroke="#2e2f3a" stroke-width="16" stroke-linecap="round"/>
    <rect x="92" y="158" width="44" height="84" rx="20" fill="url(#main)"/>
    <rect x="264" y="158" width="44" height="84" rx="20" fill="url(#main)"/>
    <rect x="128" y="166" width="18" height="68" rx="9" fill="SHADE"/>
    <rect x="254" y="166" width="18" height="68" rx="9" fill="SHADE"/>`],
  'speaker': ['#f4ecdf', '#dfc9a4', '#b27a45', '#8a5a2e', `
    <rect x="132" y="44" width="136" height="204" rx="12" fill="url(#main)"/>
    <rect x="144" y="56" width="112" height="180" rx="8" fill="#2b2622"/>
    <circle cx="200" cy="92" r="22" fill="#4b433c"/><circle cx="200" cy="92" r="9" fill="#8e8378"/>
    <circle cx="200" cy="174" r="46" fill="#4b433c"/><circle cx="200" cy="174" r="32" fill="#38312b"/><circle cx="200" cy="174" r="13" fill="SHADE"/>
    <circle cx="152" cy="64" r="3" fill="#8e8378"/><circle cx="248" cy="64" r="3" fill="#8e8378"/>`],
};

function draw([light, dark, main, shade, body]) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="400" height="300">
  <defs>
    <radialGradient id="wall" cx=".4" cy=".3" r=".9"><stop offset="0" stop-color="${light}"/><stop offset="1" stop-color="${dark}"/></radialGradient>
    <linearGradient id="main"><stop offset="0" stop-color="${main}"/><stop offset="1" stop-color="${shade === '#c8562b' || shade === '#b78a3c' ? main : shade}"/></linearGradient>
  </defs>
  <rect width="400" height="300" fill="url(#wall)"/>
  <ellipse cx="200" cy="246" rx="132" ry="14" opacity=".16"/>${body.replaceAll('SHADE', shade)}
</svg>
`;
}

const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="8" fill="#1f6f5c"/>
  <path d="M16 5l3 7.6 8 .6-6.2 5.2 2 7.9L16 22l-6.8 4.3 2-7.9L5 13.200l8-.6z" fill="#ffe9ac"/>
</svg>
`;

export function images() {
  const files = new Map([['public/favicon.svg', favicon]]);
  for (const [kind, drawing] of Object.entries(drawings)) files.set(`public/images/${kind}.svg`, draw(drawing));
  return files;
}
