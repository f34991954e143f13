/** Attachments made in code: small, but real, so that every viewer opens them. */
import { crc32, deflateSync } from "node:zlib";

export type SeedFile = { name: string; type: string; bytes: Buffer };

type Rgb = [number, number, number];

/** A picture of a bowl in that glaze, 240 by 160. */
export function bowlPng(name: string, glaze: Rgb, background: Rgb = [238, 232, 222]): SeedFile {
  const [width, height] = [240, 160];
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (width * 3 + 1) + 1 + x * 3;
      const color = bowlColor((x - width / 2) / 90, (y - 60) / 70, glaze, background);
      rows.set(color, at);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return { name, type: "image/png", bytes: Buffer.concat([signature, ...chunks]) };
}

function bowlColor(x: number, y: number, glaze: Rgb, background: Rgb): Rgb {
  const rim = x * x + (y * 5) ** 2;
  const shade = (factor: number): Rgb =>
    glaze.map((value) => Math.min(255, Math.round(value * factor))) as Rgb;
  if (rim < 0.8) return shade(0.7 + x * 0.1);
  if (rim < 1) return shade(1.25);
  if (y > 0 && x * x + y * y < 1) return shade(1.05 - (x + 0.4) ** 2 * 0.35);
  return background.map((value) => Math.round(value - y * 8)) as Rgb;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** One page of plain lines, the first one large. */
export function pdf(name: string, lines: readonly string[]): SeedFile {
  const escaped = lines.map((line) => line.replaceAll(/[\\()]/g, String.raw`\$&`));
  const shown = escaped.map((line, index) => {
    const size = index === 0 ? 20 : 11;
    return `BT /F1 ${size} Tf 60 ${770 - index * 22} Td (${line}) Tj ET`;
  });
  const content = shown.join("\n");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`;
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
  return { name, type: "application/pdf", bytes: Buffer.from(text + table + trailer, "latin1") };
}

export function csv(name: string, rows: readonly (readonly (string | number)[])[]): SeedFile {
  const text = rows.map((row) => row.join(",")).join("\r\n");
  return { name, type: "text/csv", bytes: Buffer.from(`${text}\r\n`, "utf8") };
}

/** An archive whose members are stored as they are. */
export function zip(name: string, members: readonly SeedFile[]): SeedFile {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const fileName = Buffer.from(member.name, "utf8");
    const fields = zipFields(member.bytes, fileName.length);
    const local = Buffer.concat([Buffer.from("504b0304", "hex"), fields, fileName, member.bytes]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("504b01021400", "hex"), fields, tail, fileName]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("504b0506", 0, "hex");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return { name, type: "application/zip", bytes: Buffer.concat([...locals, ...directory, end]) };
}

/** The 26 bytes that local and central headers share: version, flags, method, time, sums, sizes, lengths. */
function zipFields(bytes: Buffer, nameLength: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x0800, 2);
  fields.writeUInt16LE(0x5a21, 8);
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(bytes.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(nameLength, 22);
  return fields;
}
