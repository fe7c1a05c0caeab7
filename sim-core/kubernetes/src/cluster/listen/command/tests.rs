//! Command lines and what they say.

use super::*;
use crate::cluster::listen::words::{Variables, commands};
use rstest::rstest;

fn found(line: &str, program: &str) -> String {
    let line: Vec<Word> = match line.strip_prefix("sh -c ") {
        Some(script) => ["sh", "-c", script].iter().enumerate().map(word).collect(),
        None => line.split(' ').collect::<Vec<_>>().iter().enumerate().map(word).collect(),
    };
    let said = said(&commands(&line, &Variables::new()), program);
    let mut out: Vec<String> = said.ports.iter().map(write).collect();
    out.sort();
    out.dedup();
    out.extend(said.host.filter(|_| said.ports.is_empty()).map(|(bind, _)| format!("host {bind:?}")));
    out.extend(said.idle.map(|mention| format!("idle: {}", mention.text)));
    out.join(", ")
}

fn word((entry, text): (usize, &&str)) -> Word {
    Word { text: text.to_string(), entry }
}

/// `PROTOCOL/PORT`, with `@` for 127.0.0.1, `+` for a port beside the main one, `?` where no word names it.
fn write(found: &Found) -> String {
    let bind = match found.bind {
        Some(Bind::Loopback) => "@",
        Some(Bind::Address(_) | Bind::Pod) => "#",
        Some(Bind::Any) | None => "",
    };
    let (beside, itself) = (if found.main { "" } else { "+" }, if found.by_itself { "?" } else { "" });
    format!("{}/{}{bind}{beside}{itself}", found.protocol, found.port)
}

#[rstest]
// Programs nobody knows.
#[case("/app/server --port 8080", "tcp/8080")]
#[case("/app/server --port=8080 --host=127.0.0.1", "tcp/8080@")]
#[case("server -p 8080", "tcp/8080")]
#[case("server -p8080", "tcp/8080")]
#[case("server -l :8080", "tcp/8080")]
#[case("server :8080", "tcp/8080")]
#[case("server 0.0.0.0:80", "tcp/80")]
#[case("server --verbose :8080", "tcp/8080+")]
#[case("server --bind 127.0.0.1:5000", "tcp/5000@")]
#[case("server --listen-address 10.0.0.7:80", "tcp/80#")]
#[case("server --http-port 80 --metrics-port 9090", "tcp/80, tcp/9090+")]
#[case("server --udp-port 53", "udp/53")]
#[case("server --host 127.0.0.1", "host Loopback")]
#[case("manager --metrics-bind-address=:8080 --health-probe-bind-address=:8081 --leader-elect", "tcp/8080+, tcp/8081+")]
#[case("manager --metrics-bind-address=127.0.0.1:8080", "tcp/8080@+")]
#[case("manager --metrics-bind-address=0", "")]
#[case("java -Dserver.port=8081 -Dserver.address=127.0.0.1 -jar app.jar", "tcp/8081@")]
#[case("java -jar app.jar --server.port=9000 --management.server.port=9001", "tcp/9000, tcp/9001+")]
#[case("dotnet app.dll --urls http://*:5000;https://*:5001", "tcp/5000, tcp/5001")]
#[case("node server.js", "")]
// What is somebody else's.
#[case("server --upstream 127.0.0.1:9000", "")]
#[case("server --backend=http://api:8080 --db-port 5432 --redis-host 127.0.0.1", "")]
#[case("server --database-url postgres://u:p@db:5432/x", "")]
#[case("server -l 3", "")]
#[case("server --workers 4 --timeout 120", "")]
// Python.
#[case("flask run --host=127.0.0.1 --port=5000", "tcp/5000@")]
#[case("flask run -h 0.0.0.0 -p 8000", "tcp/8000")]
#[case("flask run", "tcp/5000@?")]
#[case("flask --app x run --host 0.0.0.0", "tcp/5000?")]
#[case("python -m flask run --port 81", "tcp/81@")]
#[case("gunicorn app:app -b 0.0.0.0:8000", "tcp/8000")]
#[case("gunicorn -b :8000 -b 127.0.0.1:8001 app", "tcp/8000, tcp/8001@")]
#[case("gunicorn app:app", "tcp/8000@?")]
#[case("uvicorn main:app --host 0.0.0.0 --port 80", "tcp/80")]
#[case("uvicorn main:app --port 80", "tcp/80@")]
#[case("python3 -m http.server 8000", "tcp/8000")]
#[case("python3 -m http.server", "tcp/8000?")]
#[case("python3 -u -m http.server --bind 127.0.0.1 9000", "tcp/9000@")]
#[case("python manage.py runserver 0.0.0.0:8000", "tcp/8000")]
#[case("python /app/manage.py runserver", "tcp/8000@?")]
#[case("python manage.py runserver 8001", "tcp/8001@")]
#[case("python manage.py migrate", "")]
// Others.
#[case("php -S 0.0.0.0:8080 -t public", "tcp/8080")]
#[case("php artisan serve --host=0.0.0.0 --port=8000", "tcp/8000")]
#[case("rails server -b 0.0.0.0 -p 3001", "tcp/3001")]
#[case("bundle exec puma -p 4000", "tcp/4000")]
#[case("npx http-server -p 8081", "tcp/8081")]
#[case("redis-server --port 6380 --bind 127.0.0.1", "tcp/6380@")]
#[case("redis-server /etc/redis.conf", "tcp/6379?")]
#[case("redis-server --bind 127.0.0.1 --port 6380 --replicaof primary 6379", "tcp/6380@")]
#[case("mongod --bind_ip_all --port 27018", "tcp/27018")]
#[case("mongod --bind_ip localhost", "tcp/27017@?")]
#[case("mysqld --port=3307", "tcp/3307")]
#[case("postgres -p 5433", "tcp/5433")]
#[case("postgres -c port=5433 -c listen_addresses=localhost -c max_connections=9", "tcp/5433@")]
#[case("etcd --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls http://x:2379", "tcp/2379")]
#[case("nginx -g daemon", "tcp/80?")]
#[case("traefik --entrypoints.web.address=:8000 --entryPoints.dns.address=:53/udp", "tcp/8000, udp/53")]
#[case("minio server /data --address :9000 --console-address :9001", "tcp/9000, tcp/9001")]
#[case("coredns -conf Corefile -dns.port=1053", "tcp/1053, udp/1053")]
#[case("kubectl proxy --port=8080", "tcp/8080@")]
#[case("iperf3 -s -p 5300", "tcp/5300, udp/5300")]
#[case("iperf3 -c server -p 5300", "idle: iperf3 -c server -p 5300")]
#[case("nc -lk -p 8080", "tcp/8080")]
#[case("nc -lkp 8080", "tcp/8080")]
#[case("nc -l 8080", "tcp/8080")]
#[case("nc -u -l 127.0.0.1 5353", "udp/5353@")]
#[case("socat TCP-LISTEN:8080,fork,reuseaddr TCP:db:5432", "tcp/8080")]
#[case("socat UDP4-RECVFROM:53,bind=127.0.0.1,fork EXEC:cat", "udp/53@")]
#[case("socat - TCP:db:5432", "idle: socat - TCP:db:5432")]
#[case("agnhost netexec", "tcp/8080?, udp/8081?")]
#[case("/agnhost netexec --http-port=80 --udp-port=-1", "tcp/80")]
#[case("agnhost serve-hostname --udp --port 90", "udp/90")]
#[case("agnhost pause", "idle: agnhost pause")]
#[case("http-echo -text=hi -listen=:5679", "tcp/5679")]
// Wrappers and shells.
#[case("tini -- gunicorn -b 0.0.0.0:80 x", "tcp/80")]
#[case("env A=1 B=2 server --port 81", "tcp/81")]
#[case("su-exec app server --port 81", "tcp/81")]
#[case("sh -c exec server --port 81", "tcp/81")]
#[case("sh -c cd /srv && python3 -m http.server 8082", "tcp/8082")]
#[case("sh -c PORT=90; server --port $PORT", "tcp/90")]
#[case("sh -c nginx -g 'daemon off;' & sleep 1", "tcp/80?")]
#[case("sh -c while true; do nc -l -p 8080 -e cat; done", "tcp/8080")]
#[case(
    "sh -c sed -i 's/listen  *80;/listen 8080;/' /etc/nginx/conf.d/default.conf && nginx -g 'daemon off;'",
    "tcp/8080, tcp/80?"
)]
#[case("sh -c echo 'server { listen 127.0.0.1:8080; }' > /etc/nginx/conf.d/a.conf; exec nginx", "tcp/8080@, tcp/80?")]
#[case("sh -c sed -i s/80/8080/ note.txt; exec server --port 81", "tcp/81")]
#[case("sh start.sh", "")]
// Nothing listens.
#[case("bash", "idle: bash")]
#[case("sleep infinity", "idle: sleep infinity")]
#[case("tail -f /dev/null", "idle: tail -f /dev/null")]
#[case("sh -c while true; do curl -s web:80; sleep 1; done", "idle: sleep 1")]
#[case("psql -h 127.0.0.1 -p 5432", "idle: psql -h 127.0.0.1 -p 5432")]
#[case("redis-cli -h db -p 6379", "idle: redis-cli -h db -p 6379")]
#[case("nc -z db 5432", "idle: nc -z db 5432")]
#[case("sh -c until nc -z db 5432; do sleep 1; done; exec server --port 80", "tcp/80")]
fn lines(#[case] line: &str, #[case] expected: &str) {
    assert_eq!(found(line, ""), expected);
}

#[rstest]
#[case("redis-server", "--port 6380", "tcp/6380")]
#[case("redis-server", "redis-server --port 6380", "tcp/6380")]
#[case("redis-server", "sleep 5", "idle: sleep 5")]
#[case("agnhost", "netexec --http-port=8083", "tcp/8083, udp/8081?")]
#[case("agnhost", "pause", "idle: pause")]
#[case("http-echo", "-text=a", "tcp/5678?")]
#[case("postgres", "-c max_connections=200", "tcp/5432?")]
#[case("prometheus", "--config.file=/x --web.listen-address=:9099", "tcp/9099")]
fn arguments_of_an_image(#[case] program: &str, #[case] line: &str, #[case] expected: &str) {
    assert_eq!(found(line, program), expected);
}
